// xz_read.h - an xz file, decompressed by all CPUs.
//
// xz is slow, but its files may be made of blocks that stand for themselves
// ("xz -T0" makes such), and then its own library decodes several at a time,
// which libarchive does not ask for.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "core/image/feed.h"

struct xz_reader;

// Does it begin as such a file does?
bool xz_is(struct feed *feed);

// Read from the feed, which stays the caller's. NULL after failed().
struct xz_reader *xz_open(struct feed *feed);

// Fill the buffer: the number of bytes, less than "size" at the end only; -1
// after failed().
ssize_t xz_read(struct xz_reader *xz, void *bytes, size_t size);

void xz_close(struct xz_reader *xz);
