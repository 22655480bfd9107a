// xattr.c - extended attributes.
//
// The library's own search for a name copies a name of any length into a
// buffer of the length that was asked for (0.5.2), so ours goes through them.
// SPDX-License-Identifier: MIT
#include <errno.h>
#include <string.h>

#include "core/squash/image.h"

enum {
    // The kernel's limits: XATTR_NAME_MAX, XATTR_LIST_MAX, XATTR_SIZE_MAX.
    NAME_MOST = 255,
    LIST_MOST = 65536,
    VALUE_MOST = 65536,
    // The library writes a name of any length that the format can say.
    NAME_BUFFER = 16 + UINT16_MAX + 1,
};

// The attributes of a file one after the other. Of the buffer for their names
// little is ever touched.
struct walk {
    sqfs_xattr at;
    char name[NAME_BUFFER]; // of the present one, NUL-terminated
};

static int damaged(void)
{
    errno = EIO;
    return -1;
}

static int walk_open(struct squash *image, uint64_t id, struct walk *walk)
{
    struct sqfs_inode inode;

    if (image_inode(image, id, &inode) < 0)
        return -1;
    if (sqfs_xattr_open(&image->format, &inode, &walk->at) != SQFS_OK ||
        walk->at.remain > LIST_MOST / sizeof "user.")
        return damaged();
    return 0;
}

// 1, 0 when there are no more, or -1 with errno.
static int walk_next(struct walk *walk)
{
    size_t length;

    if (walk->at.remain == 0)
        return 0;
    if (sqfs_xattr_read(&walk->at) != SQFS_OK)
        return damaged();
    length = sqfs_xattr_name_size(&walk->at);
    if (length > NAME_MOST)
        return damaged();
    if (sqfs_xattr_name(&walk->at, walk->name, true) != SQFS_OK)
        return damaged();
    walk->name[length] = '\0';
    return strlen(walk->name) == length ? 1 : damaged();
}

static ssize_t value(struct walk *walk, void *into, size_t size)
{
    size_t length;

    if (sqfs_xattr_value_size(&walk->at, &length) != SQFS_OK ||
        length > VALUE_MOST)
        return damaged();
    if (size == 0)
        return (ssize_t)length;
    if (length > size) {
        errno = ERANGE;
        return -1;
    }
    if (sqfs_xattr_value(&walk->at, into) != SQFS_OK)
        return damaged();
    return (ssize_t)length;
}

ssize_t squash_list_xattrs(struct squash *image, uint64_t id, char *names,
                           size_t size)
{
    struct walk walk;
    size_t used = 0;
    int more = walk_open(image, id, &walk);

    while (more >= 0 && (more = walk_next(&walk)) > 0) {
        size_t length = strlen(walk.name) + 1;

        if (used + length <= size)
            memcpy(names + used, walk.name, length);
        used += length;
        if (used > LIST_MOST)
            more = damaged();
    }
    if (more < 0)
        return -1;
    if (size > 0 && used > size) {
        errno = ERANGE;
        return -1;
    }
    return (ssize_t)used;
}

ssize_t squash_get_xattr(struct squash *image, uint64_t id, const char *name,
                         void *into, size_t size)
{
    struct walk walk;
    ssize_t result = -1;
    int more = walk_open(image, id, &walk);

    while (more >= 0 && (more = walk_next(&walk)) > 0) {
        if (strcmp(walk.name, name) == 0)
            break;
    }
    if (more > 0)
        result = value(&walk, into, size);
    else if (more == 0)
        errno = ENODATA;
    return result;
}
