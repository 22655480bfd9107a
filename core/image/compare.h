// compare.h - what differs between two images.
// SPDX-License-Identifier: MIT
#pragma once

#include "core/image/inventory.h"

enum difference_kind {
    DIFFERENCE_REMOVED, // the path is in A only
    DIFFERENCE_ADDED,   // the path is in B only
    DIFFERENCE_TYPE,    // then nothing else is compared
    DIFFERENCE_MODE,
    DIFFERENCE_OWNER,
    DIFFERENCE_SIZE, // then contents are not compared
    DIFFERENCE_CONTENT,
    DIFFERENCE_TARGET, // of a symbolic link
    DIFFERENCE_DEVICE, // numbers
    DIFFERENCE_LINKS,  // which names are those of one file
    DIFFERENCE_XATTRS,
    DIFFERENCE_TIME,
    DIFFERENCE_KINDS,
};

struct difference {
    enum difference_kind kind;
    const struct inventory_item *a,
        *b; // the other is NULL if it is in one only
    // DIFFERENCE_LINKS: the first name in both of what it is another name of,
    // in each; its own path if it is none.
    const char *first_a, *first_b;
};

// Who is told; the first member of a struct of the caller's. 0, or -1 after
// failed().
struct difference_sink {
    int (*put)(struct difference_sink *sink,
               const struct difference *difference);
};

struct comparison {
    unsigned kinds;    // a bit for each kind that counts
    bool devices;      // they are compared
    mode_t owner_bits; // permissions of directories that are not compared
};

#define DIFFERENCE_BIT(kind) (1U << (kind))

// Compare two inventories whose contents were read. 0, or -1 after failed().
//
// Of directories that no entry told of only the type is compared, and what has
// several names is compared under the first. Sockets
// are not, and devices only if asked for: images are not meant to have any.
// Times are by the second if one image knows no parts of it, and as far as
// SquashFS can tell them.
int inventory_differences(struct inventory *a, struct inventory *b,
                          const struct comparison *how,
                          struct difference_sink *sink);
