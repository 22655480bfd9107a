// loose.h - file systems that are mounted nowhere yet.
//
// Each is a descriptor (O_PATH) of a root directory below which one can already
// work; it is gone with the last descriptor and mount. That it needs no place
// makes it possible to mount now, as root, what a user namespace that is made
// later puts somewhere. Linux 5.2; before, errno is ENOSYS.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdint.h>

// A new tmpfs, of mode 0755, for so many bytes of data and so many files. A
// descriptor, or -1 with errno.
int loose_tmpfs(uint64_t bytes, uint64_t files);

// The SquashFS on a block device, read by the kernel itself. Needs root. A
// descriptor, or -1 with errno.
int loose_squashfs(const char *device);

// Mount it on top of "target". 0, or -1 with errno.
int loose_attach(int loose, int target);
