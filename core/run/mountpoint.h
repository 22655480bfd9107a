// mountpoint.h - mount points that the image lacks.
//
// They appear without a byte written to the image, unless it is to be written
// to (cover.h), and never in what was bound from the host.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "core/run/cover.h"
#include "core/run/sources.h"

struct mountpoints {
    int root;             // of the container (O_PATH); replaced when covered
    bool image_writable;  // directories of the image itself may be added to
    bool image_mounts;    // and those of what is mounted in it
    dev_t kept;           // but nothing is made in this file system; 0: none
    struct covers covers; // with its scratch set
    struct source *bound; // the binds so far, in their order
    size_t bound_count;
};

// Make "target" an empty directory, or an empty file, and with it whatever
// directories are missing on the way to it. The way is the one that the
// container's programs will go: symbolic links on it are followed in the root,
// and what a dangling one names is made. 0, or -1 after failed().
int mountpoint_create(struct mountpoints *m, const char *target,
                      bool directory);

// "target" is a new mount of ours: mount points may be made in it, and it stays
// writable. 0, or -1 after failed().
int mountpoint_own(struct mountpoints *m, const char *target);

// No more will be made: memory, but not "root", is given back.
void mountpoint_finish(struct mountpoints *m);
