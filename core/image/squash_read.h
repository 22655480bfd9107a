// squash_read.h - a SquashFS image, read as a stream.
// SPDX-License-Identifier: MIT
#pragma once

#include "core/base/progress.h"
#include "core/image/stream.h"

// Read the image "offset" bytes into the file; the descriptor stays the
// caller's, "name" is for messages; "counts", or NULL, is told how far it is.
// NULL after failed().
struct image_reader *image_read_squash(int fd, uint64_t offset,
                                       const char *name,
                                       struct progress_counts *counts);
