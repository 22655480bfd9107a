// strips.h - the image file is fetched in strips, each once.
//
// Parallel file systems answer a request for 128 KiB as fast as one for 4 KiB,
// and a SquashFS is read in pieces of some kilobytes. So before the first read
// within a strip the kernel is asked for all of it, and for those that follow
// where the one before was read too. It waits for nothing, and what was fetched
// is page cache: it costs the server no memory and no copy.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdatomic.h>
#include <stdint.h>

enum {
    STRIP_BYTES = 128 << 10,
    STRIPS_AHEAD = 3,
};

struct strips {
    uint64_t count;
    _Atomic uint64_t *asked; // a bit for each; NULL: nothing is fetched
};

void strips_init(struct strips *strips, uint64_t file_size);
void strips_destroy(struct strips *strips);

// Some bytes of the file are about to be read.
void strips_fetch(struct strips *strips, int fd, uint64_t pos, uint64_t size);
