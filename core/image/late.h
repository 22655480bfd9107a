// late.h - modes, times and default access control lists of directories, which
// are set when all is in them.
//
// To make entries in a directory needs the first, changes the second, and would
// be changed by the third.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <time.h>

#include "core/image/stream.h"

struct late {
    char *path; // clean; "" is the root
    ino_t ino;  // that it is still the same one
    mode_t mode;
    struct timespec mtime;
    bool unlisted; // no entry says what it is: it gets the time of the newest
    void *acl;     // lates_add()'s
    size_t acl_size;
};

struct lates {
    struct late *items;
    size_t count, room;
    struct timespec newest;
};

// Remember what is to be set at the path; and the default access control list,
// which may be NULL. These two are copied. 0, or -1 after failed().
int lates_add(struct lates *lates, const char *path, const struct late *late,
              const struct image_xattr *acl);

// That there is an entry of this time, which may be the newest.
void lates_note_time(struct lates *lates, const struct timespec *time);

// Set it, in the tree below the descriptor. What is no longer there, since a
// later entry took its place, is left alone. 0, or -1 after failed().
int lates_set(const struct lates *lates, int root);

void lates_free(struct lates *lates);
