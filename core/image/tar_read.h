// tar_read.h - a tar archive, compressed or not, read as a stream.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdbool.h>

#include "core/image/feed.h"
#include "core/image/stream.h"

// Does the file look like a tar archive, or like something compressed, which
// may be one? By its first bytes only.
bool tar_may_be(int fd);

// How it is compressed, by its first bytes; NULL: it is not.
const char *tar_codec(int fd);

// Is it?
bool tar_is_compressed(int fd);

// Read the archive from the descriptor's position on; it stays the caller's and
// must stay open. Starts a thread. NULL after failed(); what is no tar archive
// is found out at the first entry.
struct image_reader *image_read_tar(int fd);

// The same of a part of a file, whose bytes are verified by somebody else.
struct image_reader *image_read_tar_part(const struct feed_part *part);
