// unpack.h - an image unpacked into memory, gone with the last process there.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct unpacking {
    const char *path;     // of the image, for messages
    int file;             // or directory
    bool is_squashfs;     // else a tar archive or an image of layers
    bool is_layout;       // an OCI layout or a docker archive, as a directory
    const char *tag;      // of an image of layers that holds several, or NULL
    const char *platform; // likewise, see core/image/platform.h; or NULL
    uint64_t offset;      // of the SquashFS in the file
    uint64_t limit;       // bytes of memory; 0: half of what is available
};

// Mount a tmpfs with the image's files on top of the directory "target". In a
// namespace in which this process may mount; it starts threads, which have
// ended when it returns. 0, or -1 after failed().
int unpack(const struct unpacking *u, int target);
