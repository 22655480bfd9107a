// block_cache.c - the cache of data blocks, made, given a size, and freed.
// SPDX-License-Identifier: MIT
#include <stdlib.h>

#include "core/squash/block.h"

static void free_list(struct squash_block *block)
{
    while (block != NULL) {
        struct squash_block *next = block->same_bucket;

        free(block->data);
        free(block);
        block = next;
    }
}

void block_cache_init(struct block_cache *cache, uint64_t bytes,
                      uint32_t block_size)
{
    uint64_t blocks = bytes / block_size;
    unsigned shards = BLOCK_SHARDS;

    // Few blocks are not worth many locks: they would be full too early.
    while (shards > 1 && blocks / shards < 8)
        shards /= 2;
    cache->shard_count = shards;
    for (unsigned i = 0; i < shards; i++) {
        pthread_mutex_init(&cache->shards[i].lock, NULL);
        pthread_cond_init(&cache->shards[i].loaded, NULL);
    }
    block_cache_limit(cache, bytes, block_size);
}

static unsigned at_least_two(uint64_t blocks)
{
    return blocks < 2 ? 2 : (unsigned)blocks;
}

void block_cache_limit(struct block_cache *cache, uint64_t bytes,
                       uint32_t block_size)
{
    // The rest is for metadata and directories, and for blocks on their way.
    uint64_t blocks = (bytes - bytes / 8) / block_size;
    uint64_t kept = BLOCK_KEPT_BYTES / block_size;

    for (unsigned i = 0; i < cache->shard_count; i++) {
        struct block_shard *shard = &cache->shards[i];

        pthread_mutex_lock(&shard->lock);
        shard->limit = at_least_two(blocks / cache->shard_count);
        shard->kept_limit = at_least_two(kept / cache->shard_count);
        pthread_mutex_unlock(&shard->lock);
    }
}

void block_cache_destroy(struct block_cache *cache)
{
    for (unsigned i = 0; i < cache->shard_count; i++) {
        struct block_shard *shard = &cache->shards[i];

        for (int j = 0; j < BLOCK_BUCKETS; j++)
            free_list(shard->buckets[j]);
        free_list(shard->spare);
        pthread_cond_destroy(&shard->loaded);
        pthread_mutex_destroy(&shard->lock);
    }
}
