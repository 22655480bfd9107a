// index.h - where the blocks of large files are.
//
// A file's list of blocks holds only their packed sizes, so the place of block
// N is the sum of those before. For files of many blocks the sums at regular
// steps are kept. The cache is a table of slots with a lock each; a file that
// comes to a taken slot takes it over.
// SPDX-License-Identifier: MIT
#pragma once

#include <pthread.h>
#include <stdint.h>

#include "core/squash/format.h"

struct squash;

enum {
    INDEX_SLOTS = 64,
    INDEX_STEP = 64,    // blocks, or more where that makes too many steps
    INDEX_STEPS = 4096, // of a file at most: 100 KiB
};

struct index_step {
    sqfs_md_cursor cursor; // of the size of the block
    uint64_t pos;          // of the block
};

struct index_slot {
    pthread_mutex_t lock;
    uint64_t id; // of the file; 0: none
    uint32_t count;
    uint32_t room;
    struct index_step *steps; // steps[0] is block INDEX_STEP
};

struct block_index {
    struct index_slot slots[INDEX_SLOTS];
};

void index_init(struct block_index *index);
void index_destroy(struct block_index *index);

// A list that starts at block "number" of the file. 0, or -1 with EIO.
int index_seek(struct squash *image, uint64_t id, struct sqfs_inode *inode,
               uint64_t number, sqfs_blocklist *list);
