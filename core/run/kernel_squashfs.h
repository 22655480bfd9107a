// kernel_squashfs.h - a SquashFS image that the kernel itself reads, by way of
// a loop device.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdbool.h>
#include <stdint.h>

// The names of ch-mount's loop devices begin so; it tells its mounts from
// others'.
#define SQUASHFS_LOOP_PREFIX "ch-mount:"

// The image's file, of which "offset" bytes are skipped. Borrowed.
struct kernel_squashfs {
    const char *path; // canonical
    int file;
    uint64_t offset;
};

// May this process have it so? Only root may, outside of user namespaces.
bool kernel_squashfs_may_be(void);

// Mount it on top of the directory "target", by ch-mount's names. 0, or -1
// after failed().
int kernel_squashfs_mount(const struct kernel_squashfs *image, int target);

// Mount it nowhere yet (core/kernel/loose.h). A descriptor; or -1, with no
// failed(), where this is not possible: why is said at -v -v.
int kernel_squashfs_loose(const struct kernel_squashfs *image);
