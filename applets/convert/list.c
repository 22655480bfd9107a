// list.c - ch-convert --list IMAGE: what files are in an image.
//
// A line is as tar(1) and ls(1) have it; columns are as wide as their widest
// word, so all is known before the first line.
// SPDX-License-Identifier: MIT
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "applets/convert/args.h"
#include "applets/convert/show.h"
#include "core/base/err.h"
#include "core/base/json.h"
#include "core/base/scope.h"
#include "core/base/utf8.h"

#define WORD_SIZE 48 // two numbers of 64 bits

struct widths {
    int owner, size;
};

static int owner_of(const struct inventory_file *file, char word[WORD_SIZE])
{
    return snprintf(word, WORD_SIZE, "%u/%u", (unsigned)file->uid,
                    (unsigned)file->gid);
}

static int size_of(const struct inventory_file *file, char word[WORD_SIZE])
{
    if (S_ISCHR(file->mode) || S_ISBLK(file->mode))
        return snprintf(word, WORD_SIZE, "%u,%u", major(file->device),
                        minor(file->device));
    return snprintf(word, WORD_SIZE, "%" PRIu64, file->size);
}

static struct widths find_widths(struct inventory *inventory)
{
    struct widths widths = { 0 };
    struct inventory_item item;
    char word[WORD_SIZE];

    while (inventory_next(inventory, &item)) {
        int owner = owner_of(item.file, word);
        int size = size_of(item.file, word);

        if (owner > widths.owner)
            widths.owner = owner;
        if (size > widths.size)
            widths.size = size;
    }
    inventory_rewind(inventory);
    return widths;
}

static int print_name(const char *before, const char *path)
{
    cleanup_free char *shown = utf8_shown(path);

    if (shown == NULL)
        return -1;
    printf("%s%s", before, shown);
    return 0;
}

static int print_line(const struct inventory_item *item,
                      const struct widths *widths)
{
    char owner[WORD_SIZE], size[WORD_SIZE], time[SHOW_TIME], mode[SHOW_MODE];

    owner_of(item->file, owner);
    size_of(item->file, size);
    printf("%s %*s %*s %s", show_mode(mode, item->file->mode), widths->owner,
           owner, widths->size, size, show_time(time, &item->file->mtime));
    if (print_name(" /", item->path) < 0 ||
        (item->target != NULL && print_name(" -> ", item->target) < 0) ||
        (item->same_as != NULL && print_name(" link to /", item->same_as) < 0))
        return -1;
    putchar('\n');
    return 0;
}

static void add_path(struct json *object, const char *key, const char *path)
{
    cleanup_free char *absolute = str_printf("/%s", path);

    json_add_string(object, key, absolute != NULL ? absolute : path);
}

static int print_json(const struct inventory_item *item)
{
    cleanup_json struct json *object = json_object();
    const struct inventory_file *file = item->file;
    char mode[SHOW_MODE];

    snprintf(mode, sizeof mode, "%04o", file->mode & 07777U);
    add_path(object, "path", item->path);
    json_add_string(object, "type", show_type(file->mode));
    json_add_string(object, "mode", mode);
    json_add_number(object, "uid", file->uid);
    json_add_number(object, "gid", file->gid);
    json_add_number(object, "mtime", (double)file->mtime.tv_sec);
    if (S_ISREG(file->mode))
        json_add_number(object, "size", (double)file->size);
    if (S_ISCHR(file->mode) || S_ISBLK(file->mode)) {
        json_add_number(object, "major", major(file->device));
        json_add_number(object, "minor", minor(file->device));
    }
    if (item->target != NULL)
        json_add_string(object, "target", item->target);
    if (item->same_as != NULL)
        add_path(object, "linkTo", item->same_as);
    return show_json(object);
}

int convert_list(const struct args *args)
{
    struct examination plan = convert_examination(args, &args->plan.in);
    struct inventory *inventory = image_list(&plan);
    struct inventory_item item;
    struct widths widths;
    int status = 0;

    if (inventory == NULL)
        return -1;
    widths = find_widths(inventory);
    while (status == 0 && inventory_next(inventory, &item))
        if (!item.file->implied)
            status =
                args->json ? print_json(&item) : print_line(&item, &widths);
    inventory_free(inventory);
    return status;
}
