// rootfs.h - build the root directory of a container, mount by mount.
// SPDX-License-Identifier: MIT
#pragma once

#include "core/run/container.h"

// Puts the image on top of a directory; "context" is whatever it needs. 0, or
// -1 after failed().
struct rootfs_image {
    int (*mount)(const void *context, int target);
    const void *context;
};

// In the caller's own mount namespace: pile up (core/kernel/root.h) the image
// and what the plan asks for. Returns an O_PATH descriptor of the new root,
// ready for root_pivot(), or -1 after failed().
int rootfs_build(const struct container *plan,
                 const struct rootfs_image *image);
