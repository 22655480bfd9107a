// compressor.h - the compressors of an image that is being written.
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
enum { COMPRESSOR_OPTIONS_MAX = 8 }; // bytes

struct compressor_method;

struct compressor {
    const struct compressor_method *method;
    int level;
    uint32_t block_size;
};

// What packs by the method of this name, "gzip", "xz", "lz4" or "zstd", at this
// level; 0 is the method's own. 0, or -1 after failed().
int compressor_init(struct compressor *compressor, const char *name, int level);

// The method's number in the super block.
unsigned compressor_number(const struct compressor *compressor);

// The options to be written: how many bytes, 0 if none.
size_t compressor_options(const struct compressor *compressor,
                          uint8_t bytes[COMPRESSOR_OPTIONS_MAX]);

// A state for one thread; NULL after failed().
void *compressor_start(const struct compressor *compressor);
void compressor_end(const struct compressor *compressor, void *state);

// Pack to less than "size" bytes, which "out" has room for: their number, or 0
// when they would not be fewer; -1 after failed().
ssize_t compressor_pack(const struct compressor *compressor, void *state,
                        struct iovec in, uint8_t *out);
