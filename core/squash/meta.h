// meta.h - metadata blocks, unpacked, kept and shared by all threads.
//
// Inodes, directories and tables live in blocks of 8 KiB. The cache is cut into
// sets with a lock each; a block that is found is copied from under the lock,
// which takes less time than counting references to it would.
// SPDX-License-Identifier: MIT
#pragma once

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

struct squash;
struct meta_block;

enum {
    META_SETS = 64, // times META_WAYS times 8 KiB: 8 MiB at most
    META_WAYS = 16,
};

struct meta_set {
    pthread_mutex_t lock;
    uint32_t clock;
    uint32_t used[META_WAYS]; // the clock when it was last asked for
    uint64_t pos[META_WAYS];
    struct meta_block *block[META_WAYS];
};

struct meta_cache {
    struct meta_set sets[META_SETS];
};

void meta_init(struct meta_cache *cache);
void meta_destroy(struct meta_cache *cache);
size_t meta_memory(struct meta_cache *cache); // bytes
