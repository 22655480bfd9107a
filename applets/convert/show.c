// show.c - what is known of a file, as words.
// SPDX-License-Identifier: MIT
#include "applets/convert/show.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>

#include "core/base/err.h"
#include "core/base/scope.h"

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

// The bits of setuid, setgid and sticky share a place with those of execution.
static void set_special(char *place, char with, char without)
{
    *place = *place == 'x' ? with : without;
}

const char *show_mode(char text[SHOW_MODE], mode_t mode)
{
    text[0] = find_type(mode)->letter;
    for (int i = 0; i < 9; i++)
        text[1 + i] = (mode & (0400U >> i)) != 0 ? "rwx"[i % 3] : '-';
    if ((mode & S_ISUID) != 0)
        set_special(&text[3], 's', 'S');
    if ((mode & S_ISGID) != 0)
        set_special(&text[6], 's', 'S');
    if ((mode & S_ISVTX) != 0)
        set_special(&text[9], 't', 'T');
    text[10] = '\0';
    return text;
}

const char *show_time(char text[SHOW_TIME], const struct timespec *time)
{
    struct tm tm;

    // a year that no calendar has room for
    if (gmtime_r(&time->tv_sec, &tm) == NULL ||
        strftime(text, SHOW_TIME, "%Y-%m-%d %H:%M:%S", &tm) == 0)
        snprintf(text, SHOW_TIME, "@%jd", (intmax_t)time->tv_sec);
    return text;
}

const char *show_type(mode_t mode)
{
    return find_type(mode)->name;
}

int show_json(const struct json *value)
{
    cleanup_free char *text = json_text(value, false);

    if (text == NULL)
        return failed(ENOMEM, "can't tell it as JSON");
    puts(text);
    return 0;
}
