// squashfs.h - the file that is to be a SquashFS image.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdint.h>

// Open an image, "offset" bytes into a file or block device, after a look at
// whether it is one. The descriptor, or -1 after failed().
int squashfs_open(const char *path, uint64_t offset);
