// late.h - modes and times of directories, which are set when all is in them.
//
// To make entries in a directory needs the one and changes the other.
// SPDX-License-Identifier: MIT
#pragma once

#include <stddef.h>
#include <sys/types.h>
#include <time.h>

struct late {
    char *path; // clean; "" is the root
    ino_t ino;  // that it is still the same one
    mode_t mode;
    struct timespec mtime;
};

struct lates {
    struct late *items;
    size_t count, room;
};

// Remember what is to be set at the path, which is copied. 0, or -1 after
// failed().
int lates_add(struct lates *lates, const char *path, const struct late *late);

// Set it, in the tree below the descriptor. What is no longer there, since a
// later entry took its place, is left alone. 0, or -1 after failed().
int lates_set(const struct lates *lates, int root);

void lates_free(struct lates *lates);
