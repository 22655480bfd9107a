// file_read.h - one file, and the bytes of any.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdbool.h>
#include <sys/stat.h>

#include "core/image/stream.h"

// A regular file as a stream of one entry, whose path is "". Of extended
// attributes it has none. The descriptor stays the caller's and must stay open.
// NULL after failed().
struct image_reader *image_read_file(int fd);

// May there be holes? They are looked for in files that have some only: there
// are file systems that go through all of the data to find the first.
bool file_is_sparse(const struct stat *st);

// Bytes of an open file, but for its holes. 0, or -1 after failed().
int file_read_part(int fd, bool sparse, const struct image_part *part,
                   struct image_sink *sink);
