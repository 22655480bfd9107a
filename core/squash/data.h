// data.h - the contents of files on their way into an image.
//
// A file that fills a block is cut into blocks, which are compressed each for
// itself. Smaller ones are put together in the order in which they come, and
// compressed together ("fragments"). What is equal is stored once: small files,
// and all blocks of a file. Blocks of zeros are not stored at all.
//
// As mksquashfs has it by default, the end of a large file is a short block and
// is not put together with others: so reading it needs no block of theirs.
// SPDX-License-Identifier: MIT
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "core/squash/compressor.h"
#include "core/squash/digest.h"

// As the format has them: no fragment, and in a size: not compressed.
#define DATA_NO_FRAGMENT UINT32_MAX
#define DATA_STORED (1U << 24)

// Where the contents of a file are found in the image.
struct data_file {
    uint64_t size;
    uint64_t start;       // of its blocks
    struct digest digest; // of its blocks so far
    uint32_t fragment;
    uint32_t fragment_at; // bytes into the unpacked fragment
    uint32_t asked;       // blocks up to here are fetched, or not to be
    uint32_t count;       // of blocks
    uint32_t tag;         // of whoever adds files: what he likes
    uint32_t blocks[];    // their sizes in the image; 0: zeros
};

struct data_range {
    uint64_t id; // of the file, as the source has it
    uint64_t offset;
    uint64_t size;
};

// What fetches data for us, in several threads at the same time.
struct data_source {
    // Fill all of "into". 0, or -1 after failed().
    int (*fetch)(struct data_source *source, const struct data_range *range,
                 uint8_t *into);
};

struct data_options {
    struct compressor compressor;
    unsigned threads; // 0: as many as this process has CPUs
};

struct outfile;
struct data;

// Data are written to the output, until data_finish() has returned. NULL after
// failed().
struct data *data_new(struct outfile *out, const struct data_options *options);
void data_free(struct data *data);

// A file of more than 0 bytes; it is valid as long as "data" is, and is filled
// in when data_finish() returns. NULL after failed().
struct data_file *data_add(struct data *data, uint64_t size);

// Those of its bytes that are not in holes are fetched from the source, which
// stays valid. To be called for one range after another, in their order, that
// may hold what is not zeros. 0, or -1 after failed().
int data_fetch(struct data *data, struct data_file *file,
               struct data_source *source, const struct data_range *range);

// Its bytes are given piece by piece, in the order of their offsets; what lies
// between the pieces is zeros. 0, or -1 after failed().
struct data_piece {
    const uint8_t *bytes;
    size_t size;
    uint64_t offset;
};
int data_give(struct data *data, struct data_file *file,
              const struct data_piece *piece);
int data_give_end(struct data *data, struct data_file *file);

// All files were added: write what is left. 0, or -1 after failed().
int data_finish(struct data *data);

// The fragments, for the table of them.
struct data_fragment {
    uint64_t start;
    uint32_t size; // as of blocks
};
const struct data_fragment *data_fragments(const struct data *data,
                                           size_t *count);
