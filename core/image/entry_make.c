// entry_make.c - an entry's file made in a directory, without what is in it.
// SPDX-License-Identifier: MIT
#include "core/image/entry_make.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/err.h"

static bool is_device(const struct image_entry *entry)
{
    return S_ISCHR(entry->mode) || S_ISBLK(entry->mode);
}

int entry_make(int dir, const char *name, const struct image_entry *entry)
{
    switch (entry->mode & S_IFMT) {
    case S_IFDIR:
        return mkdirat(dir, name, 0700);
    case S_IFLNK:
        return symlinkat(entry->target, dir, name);
    case S_IFIFO:
    case S_IFSOCK:
        return mknodat(dir, name, entry->mode, 0);
    case S_IFCHR:
    case S_IFBLK:
        // nobody's before it has its owner
        return mknodat(dir, name, entry->mode & S_IFMT, entry->device);
    default:
        return openat(dir, name,
                      O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW | O_CLOEXEC,
                      0600);
    }
}

int entry_make_failed(const struct image_entry *entry)
{
    if (is_device(entry) && errno == EPERM)
        return failed(
            EPERM,
            "can't make the device file /%s, which takes root outside "
            "of user namespaces: without --devices it is left out, in "
            "archives and SquashFS files it is kept",
            entry->path);
    return failed(errno, "can't make %s", entry->path);
}
