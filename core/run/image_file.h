// image_file.h - the file that is to be an image.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdint.h>
#include <sys/stat.h>

// Open a file or a block device for reading, whatever it holds; anything else
// is refused. The descriptor, or -1 after failed().
int image_file_open(const char *path);

// What tells the image at this offset of the file from all others, and from
// itself as it was before a change; the caller frees it. NULL after failed().
char *image_file_identity(const struct stat *file, uint64_t offset);
