// rootfs.h - build the root directory of a container, mount by mount.
// SPDX-License-Identifier: MIT
#pragma once

#include "core/run/container.h"
#include "core/run/image.h"

// In the caller's own mount namespace: pile up (core/kernel/root.h) the image
// and what the plan asks for. Returns an O_PATH descriptor of the new root,
// ready for root_pivot(), or -1 after failed().
int rootfs_build(const struct container *plan, struct image *image);
