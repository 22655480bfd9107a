// rootfs.h - build the root directory of a container, mount by mount.
// SPDX-License-Identifier: MIT
#pragma once

#include "core/run/container.h"
#include "core/run/image.h"
#include "core/run/layer.h"
#include "core/run/sources.h"

struct rootfs {
    int fd;   // the new root directory
    int pile; // the lowest mount of ours on the old root
};

// What it is made of, found before any namespace was entered.
struct parts {
    struct image *image;
    const struct sources *sources;
    struct layer *layer;
};

// In the caller's own mount namespace: pile up (core/kernel/root.h) the image
// and what the plan asks for, ready for root_pivot(). 0, or -1 after failed().
// The descriptors (O_PATH) are the caller's.
int rootfs_build(const struct container *plan, const struct parts *parts,
                 struct rootfs *built);
