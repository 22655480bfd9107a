// stats.c - ch-mount --stats: what the servers of images have done.
// SPDX-License-Identifier: MIT
#include "applets/mount/mount.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "core/base/err.h"
#include "core/base/json.h"
#include "core/base/scope.h"
#include "core/base/str.h"
#include "core/fuse/ask.h"
#include "core/run/join.h"
#include "core/run/mounted.h"

#define NAME_WIDTH 26 // columns

// What is printed, one mount after the other.
struct report {
    struct json *array; // NULL: as text, at once
    size_t mounts;
};

// A line's number as text, behind its name, which is cut off; NULL: it is no
// such line. The server may be an older or a newer program than this.
static const char *cut_line(char *line)
{
    char *blank = strchr(line, ' ');

    if (blank == NULL)
        return NULL;
    *blank = '\0';
    return blank + 1;
}

static void put_number(struct json *object, const char *name,
                       const char *number)
{
    uint64_t n;

    if (object == NULL)
        printf("%-*s %s\n", NAME_WIDTH, name, number);
    else if (str_to_u64(number, &n) == 0)
        json_add_u64(object, name, n);
}

static void put_string(struct json *object, const char *name, const char *text)
{
    if (object != NULL) {
        json_add_string(object, name, text);
        return;
    }
    printf("%-*s ", NAME_WIDTH, name);
    mount_print_name(text);
    putchar('\n');
}

static int add_mount(struct report *report, const char *image, const char *dir)
{
    struct json *object = NULL;
    char text[COUNTERS_TEXT];
    char *save = NULL;

    if (ask_statistics(dir, text) < 0)
        return -1;
    if (report->array != NULL)
        object = json_append_object(report->array);
    else if (report->mounts > 0)
        putchar('\n');
    report->mounts++;
    if (image != NULL)
        put_string(object, "image", image);
    put_string(object, "dir", dir);
    for (char *line = strtok_r(text, "\n", &save); line != NULL;
         line = strtok_r(NULL, "\n", &save)) {
        const char *number = cut_line(line);

        if (number != NULL)
            put_number(object, line, number);
    }
    return 0;
}

static int add_all(struct report *report)
{
    cleanup_mounted struct mounted_list list = { 0 };

    if (mounted_read(&list) < 0)
        return -1;
    for (size_t i = 0; i < list.count; i++) {
        const struct mounted *one = &list.items[i];

        if (!one->kernel && add_mount(report, one->image, one->dir) < 0)
            return -1;
    }
    return 0;
}

static int add_container(struct report *report, uint64_t pid)
{
    if (pid == 0 || pid > INT32_MAX)
        return failed(0, "--stats: not the id of a process: %ju",
                      (uintmax_t)pid);
    if (join_process((pid_t)pid) < 0)
        return -1;
    if (add_all(report) < 0)
        return -1;
    if (report->mounts == 0)
        return failed(0,
                      "no server shows an image in the container of process "
                      "%ju, or an overlay hides it",
                      (uintmax_t)pid);
    return 0;
}

int mount_statistics(const char *where, bool as_json)
{
    cleanup_json struct json *array = as_json ? json_array() : NULL;
    struct report report = { .array = array };
    uint64_t pid;
    int status;

    if (where == NULL)
        status = add_all(&report);
    else if (str_to_u64(where, &pid) == 0)
        status = add_container(&report, pid);
    else
        status = add_mount(&report, NULL, where);
    if (status == 0 && as_json) {
        cleanup_free char *text = json_text(array, true);

        puts(text);
    }
    return status;
}
