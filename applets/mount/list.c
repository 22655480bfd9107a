// list.c - ch-mount --list: the images that are mounted.
// SPDX-License-Identifier: MIT
#include "applets/mount/mount.h"

#include <stdio.h>

#include "core/base/json.h"
#include "core/base/scope.h"
#include "core/run/mounted.h"

static void print_text(const struct mounted_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        const struct mounted *m = &list->items[i];

        mount_print_name(m->image);
        fputs(" on ", stdout);
        mount_print_name(m->dir);
        if (m->server > 0)
            printf(" (server %d)\n", (int)m->server);
        else
            printf(" (%s)\n", m->kernel ? "kernel" : "server not seen");
    }
}

static void print_json(const struct mounted_list *list)
{
    cleanup_json struct json *array = json_array();

    for (size_t i = 0; i < list->count; i++) {
        const struct mounted *m = &list->items[i];
        struct json *object = json_append_object(array);

        json_add_string(object, "image", m->image);
        json_add_string(object, "dir", m->dir);
        json_add_string(object, "kind", m->kernel ? "kernel" : "fuse");
        if (m->server > 0)
            json_add_number(object, "server", m->server);
    }
    cleanup_free char *text = json_text(array, true);
    puts(text);
}

void mount_print_name(const char *name)
{
    for (const char *c = name; *c != '\0'; c++)
        if ((unsigned char)*c < ' ' || *c == '\177' || *c == '\\')
            printf("\\%03o", (unsigned)(unsigned char)*c);
        else
            putchar(*c);
}

int mount_list(bool as_json)
{
    cleanup_mounted struct mounted_list list = { 0 };

    if (mounted_read(&list) < 0)
        return -1;
    if (as_json)
        print_json(&list);
    else
        print_text(&list);
    return 0;
}
