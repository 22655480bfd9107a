// pack.h - the compressors of an image that is being written.
//
// As with unpacking (workbench.h), a state is slow to set up and belongs to one
// thread; it is kept for all blocks of that thread.
// SPDX-License-Identifier: MIT
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

// The options of a compressor as they stand behind the super block.
enum { PACK_OPTIONS_MAX = 8 }; // bytes

struct pack_method;

struct pack {
    const struct pack_method *method;
    int level;
    uint32_t block_size;
};

// What packs by the method of this name, "gzip", "xz", "lz4" or "zstd", at this
// level; 0 is the method's own. 0, or -1 after failed().
int pack_init(struct pack *pack, const char *name, int level);

// The method's number in the super block.
unsigned pack_number(const struct pack *pack);

// The options to be written: how many bytes, 0 if none.
size_t pack_options(const struct pack *pack, uint8_t bytes[PACK_OPTIONS_MAX]);

// A state for one thread; NULL after failed().
void *pack_start(const struct pack *pack);
void pack_end(const struct pack *pack, void *state);

// Pack to less than "size" bytes, which "out" has room for: their number, or 0
// when they would not be fewer; -1 after failed().
ssize_t pack_block(const struct pack *pack, void *state, struct iovec in,
                   uint8_t *out);
