// ahead.h - a file's bytes, read and decompressed ahead by a thread.
//
// Decompression takes most of the time that unpacking takes; so it goes on
// while somebody else parses and writes what has come already.
// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include "core/image/feed.h"

struct ahead;

// Just the first bytes of a file, at most so many, without a thread: their
// number, or -1 after failed(). The descriptor's position is anywhere then.
ssize_t ahead_first(int fd, char *bytes, size_t size);

// Begin at the descriptor's position; it stays the caller's and must stay open.
// What gzip, bzip2, xz, zstd or lz4 did is undone, by content. NULL
// after failed().
struct ahead *ahead_open(int fd);

// The same of a part of a file, as feed.h has it.
struct ahead *ahead_open_part(const struct feed_part *part);

// The next bytes, valid until the next call: their number; 0 at the end; -1
// after failed().
ssize_t ahead_next(struct ahead *ahead, const void **bytes);

void ahead_close(struct ahead *ahead);
