// add_names.h - the names that are going to be added to an image.
//
// They are known before the image's own entries come, so that those that they
// take the place of can be passed over.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "core/image/stream.h"

struct add_name {
    char *path;
    bool directory;
    bool there; // the image has it, and it stays
    bool link;  // as a symbolic link, which is taken for a directory
};

struct add_names {
    struct add_name *items; // sorted when all are put
    size_t count, room;
    size_t files; // regular ones
};

// 0, or -1 after failed().
int add_names_put(struct add_names *names, const char *path, mode_t mode);

// The directories above a path.
int add_names_put_parents(struct add_names *names, const char *path);

// All have been put.
void add_names_sort(struct add_names *names);

// The name of the path, or NULL.
struct add_name *add_names_find(const struct add_names *names,
                                const char *path);

// Is an entry of the image passed over?
bool add_names_hide(struct add_names *names, const struct image_entry *entry);

// Is one of the directories above the path a symbolic link in the image?
bool add_names_below_link(const struct add_names *names, const char *path);

void add_names_free(struct add_names *names);
