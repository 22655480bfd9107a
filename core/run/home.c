// home.c - the home directory of a user of the container.
//
// Not by getpwuid(3), which may ask other services than the file.
// SPDX-License-Identifier: MIT
#include "core/run/home.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"
#include "core/base/fs.h"
#include "core/base/scope.h"
#include "core/base/str.h"

#define PASSWD_MAX (4 << 20) // bytes; a site with 40,000 users has as much

// NAME:PASSWORD:UID:GID:COMMENT:HOME:SHELL
static const char *home_in(char *line, uid_t uid)
{
    char *fields[7] = { NULL };
    uint64_t number;

    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        fields[i] = strsep(&line, ":");
    if (fields[5] == NULL || str_to_u64(fields[2], &number) < 0 ||
        number != uid)
        return NULL;
    return fields[5];
}

int home_set(uid_t uid)
{
    cleanup_free char *text =
        fs_read_regular(AT_FDCWD, "/etc/passwd", PASSWD_MAX, NULL);
    char *save = NULL;
    const char *home = NULL;

    if (text == NULL)
        err_clear(); // a root without users is as good as any
    else
        for (char *line = strtok_r(text, "\n", &save);
             line != NULL && home == NULL; line = strtok_r(NULL, "\n", &save))
            home = home_in(line, uid);
    if (setenv("HOME", home != NULL && home[0] == '/' ? home : "/", 1) < 0)
        return failed(errno, "can't set $HOME");
    return 0;
}
