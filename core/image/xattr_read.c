// xattr_read.c - the extended attributes of a file that are kept in images.
// SPDX-License-Identifier: MIT
#include "core/image/xattr_read.h"

#include <errno.h>
#include <limits.h>
#include <linux/limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/xattr.h>

#include "core/base/fs.h"
#include "core/base/str.h"
#include "core/image/acl.h"

bool xattr_is_kept(const char *name)
{
    return str_starts(name, "user.") ||
           strcmp(name, "security.capability") == 0 || acl_is(name);
}

bool xattr_fits(const struct image_xattr *xattr)
{
    size_t length = strlen(xattr->name);

    return length <= XATTR_NAME_MAX && xattr->name[length - 1] != '.' &&
           xattr->size <= XATTR_SIZE_MAX;
}

static int read_one(const char *path, const char *name, struct xattr_room *room,
                    size_t *used, struct image_entry *entry)
{
    size_t left = sizeof room->values - *used;
    char *value = room->values + *used;
    ssize_t size;

    if (left == 0 || entry->xattr_count == XATTR_READ_MOST) {
        errno = E2BIG;
        return -1;
    }
    size = lgetxattr(path, name, value, left);
    if (size < 0)
        return errno == ENODATA ? 0 : -1; // it was removed meanwhile
    room->list[entry->xattr_count++] =
        (struct image_xattr){ name, value, (size_t)size };
    *used += (size_t)size;
    return 0;
}

int xattr_read(int dir, const char *name, struct xattr_room *room,
               struct image_entry *entry)
{
    char link[FS_FD_PATH], path[FS_FD_PATH + NAME_MAX + 2];
    size_t used = 0;
    ssize_t size;

    snprintf(path, sizeof path, "%s/%s", fs_fd_path(link, dir), name);
    size = llistxattr(path, room->names, sizeof room->names);
    if (size < 0)
        return errno == EOPNOTSUPP ? 0 : -1;
    entry->xattrs = room->list;
    for (const char *at = room->names; at < room->names + size;
         at += strlen(at) + 1)
        if (xattr_is_kept(at) && read_one(path, at, room, &used, entry) < 0)
            return -1;
    return 0;
}
