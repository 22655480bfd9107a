// data_job.h - a piece of work on the contents of files (data.c, data_write.c).
// SPDX-License-Identifier: MIT
#pragma once

#include "core/squash/crew.h"
#include "core/squash/data.h"
#include "core/squash/outfile.h"
#include "core/squash/pool.h"

enum {
    DATA_SMALL_MAX = 128, // small files in a job
};

// A small file among others.
struct data_small {
    struct data_file *file;
    struct data_range range; // to be fetched
    uint32_t at;             // in the job's bytes
    struct digest digest;
};

struct data_job {
    struct job job; // first: a job is cast to this
    // How the worker treats it.
    enum { DATA_BLOCK, DATA_SMALL, DATA_FRAGMENT } kind;
    struct data_source *source; // to fetch from; NULL: the bytes are there
    struct data_file *file;     // of a block
    uint32_t index;             // of the block; of the fragment
    struct data_range range;    // of the block
    uint32_t used;              // bytes of "in"
    uint32_t packed;            // size of a block as in data_file
    struct digest digest;       // of a block
    size_t small_count;
    struct data_small small[DATA_SMALL_MAX];
    uint8_t *in;
    uint8_t *out;
};

struct data {
    struct compressor compressor;
    struct digest_key key;
    struct crew *crew;
    struct pool files;

    // Of whoever adds files.
    struct data_job *open_small; // takes further small files
    struct data_job *open_block; // of the file that is given in pieces
    struct data_small *given;    // the same of a small file
    uint64_t given_end;          // of the pieces so far

    // Of whoever settles.
    struct digest_table small; // struct data_file
    struct data_job *fragment; // is filled
    uint32_t fragment_next;    // index

    // Of whoever writes.
    struct outfile *out;
    struct digest_table large;     // struct data_file
    struct data_file *writing;     // whose blocks came last
    struct data_fragment *written; // by index
    size_t written_room, written_count;
};

// The hands of the crew, and what remains when there is no job any more.
extern const struct crew_ops data_crew_ops;
int data_seal_fragment(struct data *data);
int data_close_file(struct data *data);
