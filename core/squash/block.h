// block.h - data blocks and fragments, unpacked, kept and shared by all
// threads.
//
// A block is unpacked once, however many ask for it at the same time: the
// others wait for that block, not for a lock. What was not asked for the
// longest goes first; what is in use stays. All but those last asked for are
// lent to the kernel meanwhile (lend.h).
// SPDX-License-Identifier: MIT
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/squash/lend.h"

struct squash;

enum {
    BLOCK_SHARDS = 8, // so many locks
    BLOCK_BUCKETS = 1024,
    BLOCK_KEPT_BYTES = 32 << 20, // that are not lent
};

// Where a block is in the image.
struct extent {
    uint64_t pos;
    uint32_t packed; // bytes there
    bool compressed;
    uint32_t size; // unpacked, exactly; 0: not known, as of a fragment
    // What is wanted of it, unpacked; the rest may be lost when it is got.
    uint32_t from, length;
    bool last; // nobody will want it again soon: it need not stay in the cache
};

enum block_state { BLOCK_LOADING, BLOCK_READY, BLOCK_BAD, BLOCK_LOOSE };

struct squash_block {
    uint64_t pos;
    uint8_t *data;
    uint32_t size;
    unsigned users;
    enum block_state state;
    struct squash_block *same_bucket;
    struct squash_block *newer, *older; // of its list
    bool lent;
    uint32_t taken;           // pages that were taken back, while it is
    bool last;                // it goes when nobody uses it any more
    struct lend_mark marks[]; // while it is
};

// By when they were asked for.
struct block_list {
    struct squash_block *newest, *oldest;
    unsigned count;
};

struct block_shard {
    pthread_mutex_t lock;
    pthread_cond_t loaded;
    struct squash_block *buckets[BLOCK_BUCKETS];
    struct block_list kept;     // in use or not
    struct block_list lent;     // not in use
    struct squash_block *spare; // blocks to be used again
    unsigned limit;             // of kept and lent ones
    unsigned kept_limit;
    uint64_t hits;
    uint64_t misses;
};

struct block_cache {
    unsigned shard_count;
    struct block_shard shards[BLOCK_SHARDS];
};

void block_cache_init(struct block_cache *cache, uint64_t bytes,
                      uint32_t block_size);
void block_cache_destroy(struct block_cache *cache);

// Another size from now on.
void block_cache_limit(struct block_cache *cache, uint64_t bytes,
                       uint32_t block_size);

// The block, to be given back by block_put(). NULL with errno: EIO when the
// image is damaged there or cannot be read; a later call tries again.
struct squash_block *block_get(struct squash *image,
                               const struct extent *extent);

// The same for a block that is wanted whole, and so not again soon, as the
// kernel keeps what it reads: taken from the cache, but not put there.
struct squash_block *block_get_once(struct squash *image,
                                    const struct extent *extent);

void block_put(struct squash *image, struct squash_block *block);
