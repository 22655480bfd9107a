// subids.h - ids that the administrator lends to a user (subuid(5)), and the
// map of a user namespace that is made of them.
// SPDX-License-Identifier: MIT
#pragma once

#include <stddef.h>
#include <sys/types.h>

#define SUBIDS_UID_FILE "/etc/subuid"
#define SUBIDS_GID_FILE "/etc/subgid"

enum {
    SUBIDS_RANGES = 32, // of one user that are made use of
    SUBIDS_LINES = 340, // of a map, the kernel's limit (user_namespaces(7))
};

// Ids next to each other, and in a map those that they are inside.
struct id_range {
    unsigned inside, outside, count;
};

struct id_map {
    struct id_range lines[SUBIDS_LINES];
    size_t count;
};

// The ranges of a user, whose lines are by name or by number, in a file of the
// format of subuid(5); one that has ids of an earlier one is left out. How
// many, or -1 after failed() if the file can't be read.
ssize_t subids_find(const char *file, const char *name, uid_t uid,
                    struct id_range ranges[SUBIDS_RANGES]);

struct id_wish {
    unsigned own_inside, own_outside; // the caller's
    const struct id_range *ranges;    // of subids_find()
    size_t range_count;
    const unsigned *kept; // stay what they are, if they are in the ranges
    size_t kept_count;
};

// The map that has, besides the caller's own id and those that are kept, the
// ids from 0 on inside, in the order of the ranges.
void subids_map(const struct id_wish *wish, struct id_map *map);
