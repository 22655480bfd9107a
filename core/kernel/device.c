// device.c - device files.
// SPDX-License-Identifier: MIT
#include "core/kernel/device.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

mode_t device_type(const char *letter)
{
    static const struct {
        const char *letter;
        mode_t type;
    } types[] = {
        { "c", S_IFCHR }, { "u", S_IFCHR }, { "b", S_IFBLK }, { "p", S_IFIFO }
    };

    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (strcmp(types[i].letter, letter) == 0)
            return types[i].type;
    return 0;
}

int device_make(int dir, const char *name, mode_t mode, dev_t number)
{
    struct stat st;

    if (mknodat(dir, name, mode, number) == 0)
        return 0;
    if (errno != EEXIST)
        return -1;
    if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return -1;
    if ((st.st_mode & S_IFMT) == (mode & S_IFMT) &&
        (S_ISFIFO(mode) || st.st_rdev == number))
        return 1;
    errno = EEXIST;
    return -1;
}
