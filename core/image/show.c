// show.c - what is known of a file, as words and as JSON.
// SPDX-License-Identifier: MIT
#include "core/image/show.h"

#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>

#include "core/base/scope.h"
#include "core/base/str.h"

static const struct type {
    mode_t mode;
    char letter;
    const char *name;
} types[] = {
    { S_IFREG, '-', "file" },         { S_IFDIR, 'd', "directory" },
    { S_IFLNK, 'l', "link" },         { S_IFCHR, 'c', "character device" },
    { S_IFBLK, 'b', "block device" }, { S_IFIFO, 'p', "pipe" },
    { S_IFSOCK, 's', "socket" },      { 0, '?', "unknown" },
};

static const struct type *find_type(mode_t mode)
{
    const struct type *type = types;

    while (type->mode != 0 && type->mode != (mode & S_IFMT))
        type++;
    return type;
}

static bool is_device(const struct inventory_file *file)
{
    return S_ISCHR(file->mode) || S_ISBLK(file->mode);
}

static void add_path(struct json *object, const char *key, const char *path)
{
    cleanup_free char *absolute = str_printf("/%s", path);

    json_add_string(object, key, absolute != NULL ? absolute : path);
}

const char *show_mode(char text[SHOW_MODE], const struct inventory_file *file)
{
    mode_t mode = file->mode;

    text[0] = find_type(mode)->letter;
    for (int i = 0; i < 9; i++)
        text[1 + i] = "---rwx"[i % 3 + ((mode & (0400U >> i)) != 0 ? 3 : 0)];
    // they share a place with the bits of execution
    if ((mode & S_ISUID) != 0)
        text[3] = "Ss"[text[3] == 'x'];
    if ((mode & S_ISGID) != 0)
        text[6] = "Ss"[text[6] == 'x'];
    if ((mode & S_ISVTX) != 0)
        text[9] = "Tt"[text[9] == 'x'];
    text[10] = '\0';
    return text;
}

const char *show_permissions(char text[SHOW_MODE],
                             const struct inventory_file *file)
{
    snprintf(text, SHOW_MODE, "%04o", file->mode & 07777U);
    return text;
}

const char *show_size(char text[SHOW_SIZE], const struct inventory_file *file)
{
    if (is_device(file))
        snprintf(text, SHOW_SIZE, "%u,%u", major(file->device),
                 minor(file->device));
    else
        snprintf(text, SHOW_SIZE, "%ju", (uintmax_t)file->size);
    return text;
}

const char *show_time(char text[SHOW_TIME], const struct inventory_file *file)
{
    time_t seconds = file->mtime.tv_sec;
    struct tm tm;

    // a year that no calendar has room for
    if (gmtime_r(&seconds, &tm) == NULL ||
        strftime(text, SHOW_TIME, "%Y-%m-%d %H:%M:%S", &tm) == 0)
        snprintf(text, SHOW_TIME, "@%jd", (intmax_t)seconds);
    return text;
}

const char *show_type(const struct inventory_file *file)
{
    return find_type(file->mode)->name;
}

struct json *show_item(const struct inventory_item *item)
{
    const struct inventory_file *file = item->file;
    struct json *object = json_object();
    char mode[SHOW_MODE];

    add_path(object, "path", item->path);
    json_add_string(object, "type", show_type(file));
    json_add_string(object, "mode", show_permissions(mode, file));
    json_add_number(object, "uid", file->uid);
    json_add_number(object, "gid", file->gid);
    json_add_number(object, "mtime", (double)file->mtime.tv_sec);
    if (S_ISREG(file->mode))
        json_add_number(object, "size", (double)file->size);
    if (is_device(file)) {
        json_add_number(object, "major", major(file->device));
        json_add_number(object, "minor", minor(file->device));
    }
    if (item->target != NULL)
        json_add_string(object, "target", item->target);
    if (item->same_as != NULL)
        add_path(object, "linkTo", item->same_as);
    return object;
}
