// xattr_read.h - the extended attributes of a file that are kept in images.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdbool.h>

#include "core/image/stream.h"

enum {
    XATTR_READ_MOST = 64,         // of one file
    XATTR_READ_BYTES = 128 << 10, // all their values
    XATTR_READ_NAMES = 64 << 10,  // as the kernel has it, XATTR_LIST_MAX
};

struct xattr_room {
    char names[XATTR_READ_NAMES];
    char values[XATTR_READ_BYTES];
    struct image_xattr list[XATTR_READ_MOST];
};

// Is this one that means the same wherever the image goes? Those of users, file
// capabilities and access control lists; not the labels of the security modules
// of one machine.
bool xattr_is_kept(const char *name);

// Could a file have it? No kernel takes longer names or values (xattr(7)).
bool xattr_fits(const struct image_xattr *xattr);

// Fill the entry's list, which points into the room. 0, or -1 with errno.
int xattr_read(int dir, const char *name, struct xattr_room *room,
               struct image_entry *entry);
