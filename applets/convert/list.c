// list.c - ch-convert --list IMAGE: what files are in an image.
//
// A line is as tar(1) and ls(1) have it; columns are as wide as their widest
// word, so all is known before the first line.
// SPDX-License-Identifier: MIT
#include <stdio.h>
#include <string.h>

#include "applets/convert/args.h"
#include "core/base/json.h"
#include "core/base/scope.h"
#include "core/base/utf8.h"
#include "core/image/show.h"

struct widths {
    int owner, size;
};

enum { OWNER_SIZE = 32 };

static int owner_of(const struct inventory_file *file, char word[OWNER_SIZE])
{
    return snprintf(word, OWNER_SIZE, "%u/%u", (unsigned)file->uid,
                    (unsigned)file->gid);
}

static struct widths find_widths(struct inventory *inventory)
{
    struct widths widths = { 0 };
    struct inventory_item item;
    char word[OWNER_SIZE], text[SHOW_SIZE];

    while (inventory_next(inventory, &item)) {
        int owner = owner_of(item.file, word);
        int size = (int)strlen(show_size(text, item.file));

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
    char owner[OWNER_SIZE], size[SHOW_SIZE], time[SHOW_TIME], mode[SHOW_MODE];

    owner_of(item->file, owner);
    printf("%s %*s %*s %s", show_mode(mode, item->file), widths->owner, owner,
           widths->size, show_size(size, item->file),
           show_time(time, item->file));
    if (print_name(" /", item->path) < 0 ||
        (item->target != NULL && print_name(" -> ", item->target) < 0) ||
        (item->same_as != NULL && print_name(" link to /", item->same_as) < 0))
        return -1;
    putchar('\n');
    return 0;
}

static int print_json(const struct inventory_item *item)
{
    cleanup_json struct json *object = show_item(item);

    return convert_print_json(object);
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
