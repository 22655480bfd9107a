// links.h - files of several names, told by a tree's reader.
// SPDX-License-Identifier: MIT
#pragma once

#include <sys/stat.h>

struct links {
    void *tree; // of tsearch(3)
};

// The earlier path by which the file was seen, which is kept until
// links_free(); NULL in *first if it has no other name, or if this is the first
// one, which is remembered. 0, or -1 after failed().
int links_find(struct links *links, const struct stat *st, const char *path,
               const char **first);

void links_free(struct links *links);
