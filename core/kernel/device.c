// device.c - device files.
// SPDX-License-Identifier: MIT
#include "core/kernel/device.h"

#include <errno.h>
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
    if (mknodat(dir, name, mode, number) < 0)
        return errno == EEXIST ? 0 : -1;
    return fchmodat(dir, name, mode & 07777, 0);
}
