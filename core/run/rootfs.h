// rootfs.h - build the root directory of a container, mount by mount.
// SPDX-License-Identifier: MIT
#pragma once

#include "core/run/container.h"
#include "core/run/image.h"

struct rootfs {
    int fd;    // the new root directory (O_PATH); the caller closes it
    int piled; // mounts of ours on the old root, as root_pivot() wants it
};

// In the caller's own mount namespace: pile up (core/kernel/root.h) the image
// and what the plan asks for, ready for root_pivot(). 0, or -1 after failed().
int rootfs_build(const struct container *plan, struct image *image,
                 struct rootfs *built);
