// listing.h - the list of one directory.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct squash;

struct listed {
    uint64_t id : 48;
    uint64_t type : 4; // S_IFMT bits, moved down
    uint32_t ino;
    uint32_t name; // where it starts among the names
};

struct squash_dir {
    uint64_t id;
    uint64_t ino;
    uint64_t parent_ino;
    uint32_t count;
    bool sorted; // as all are that were made by a proper tool
    struct listed *entries;
    char *names;
    size_t bytes; // of memory
    unsigned users;
    struct squash_dir *same_bucket;
    struct squash_dir *newer, *older;
};

// NULL with errno: ENOTDIR, EIO when it is damaged, ENOMEM.
struct squash_dir *listing_read(struct squash *image, uint64_t id);
void listing_free(struct squash_dir *dir);

// The index of the entry called "name", or -1.
int64_t listing_find(const struct squash_dir *dir, const char *name);
