// rootfs.h - build the root directory of a container, mount by mount.
// SPDX-License-Identifier: MIT
#pragma once

#include "core/run/container.h"
#include "core/run/image.h"
#include "core/run/sources.h"

struct rootfs {
    int fd;   // the new root directory
    int pile; // the lowest mount of ours on the old root
};

// In the caller's own mount namespace: pile up (core/kernel/root.h) the image
// and what the plan asks for, ready for root_pivot(). 0, or -1 after failed().
// The descriptors (O_PATH) are the caller's.
int rootfs_build(const struct container *plan, struct image *image,
                 const struct sources *sources, struct rootfs *built);
