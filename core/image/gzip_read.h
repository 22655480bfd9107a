// gzip_read.h - a gzip file, decompressed and checked.
//
// libarchive's own filter does not look at the checksums, and so takes damaged
// data for good ones.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "core/image/feed.h"

struct gzip_reader;

// Does it begin as such a file does?
bool gzip_is(struct feed *feed);

// Read from the feed, which stays the caller's. NULL after failed().
struct gzip_reader *gzip_open(struct feed *feed);

// Fill the buffer: the number of bytes, less than "size" at the end only; -1
// after failed().
ssize_t gzip_read(struct gzip_reader *gzip, void *bytes, size_t size);

void gzip_close(struct gzip_reader *gzip);
