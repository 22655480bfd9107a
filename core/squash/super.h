// super.h - the first 96 bytes of an image, checked.
// SPDX-License-Identifier: MIT
#pragma once

#include "core/squash/format.h"

// Read the super block of an image that starts at "offset" of a file. 0, or
// -1 after failed() with what is wrong, the image not named.
int super_read(int fd, uint64_t offset, struct squashfs_super_block *super);
