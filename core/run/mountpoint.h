// mountpoint.h - mount points that the image lacks.
//
// They appear without a byte written to the image, and whoever owns it: a
// directory in which one is to be made, but can't be, is covered by a
// directory of our own tmpfs in which all the entries are bound again.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct mountpoints {
    int root;            // of the container (O_PATH); replaced when covered
    int scratch;         // a tmpfs of ours
    bool image_writable; // directories of the image itself may be added to
    struct cover *covers;
    size_t count;
};

// Make "target", resolved in the root, an empty directory, or an empty file.
// 0, or -1 after failed(). Never adds to what was bound from the host.
int mountpoint_create(struct mountpoints *m, const char *target,
                      bool directory);

// "target" is a new mount of ours: mount points may be made in it, and it stays
// writable. 0, or -1 after failed().
int mountpoint_own(struct mountpoints *m, const char *target);

// No more will be made: what covers directories becomes read-only, and memory
// and descriptors, but "root", are given back. 0, or -1 after failed().
int mountpoint_finish(struct mountpoints *m);
