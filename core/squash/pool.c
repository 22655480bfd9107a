// pool.c - memory in small pieces, which are freed together.
// SPDX-License-Identifier: MIT
#include "core/squash/pool.h"

#include <stdlib.h>

enum {
    BLOCK_SIZE = 256 << 10, // bytes
    LARGE = BLOCK_SIZE / 8, // what is larger has a block of its own
    ALIGNMENT = sizeof(void *) * 2,
};

struct pool_block {
    struct pool_block *next;
    max_align_t bytes[];
};

// Behind the first, so that this one goes on being filled.
static void *take_large(struct pool *pool, size_t size)
{
    struct pool_block *block = calloc(1, sizeof *block + size);

    if (block == NULL)
        return NULL;
    block->next = NULL;
    if (pool->blocks == NULL) {
        pool->blocks = block;
        return block->bytes;
    }
    block->next = pool->blocks->next;
    pool->blocks->next = block;
    return block->bytes;
}

static int add_block(struct pool *pool)
{
    struct pool_block *block = calloc(1, sizeof *block + BLOCK_SIZE);

    if (block == NULL)
        return -1;
    block->next = pool->blocks;
    pool->blocks = block;
    pool->left = BLOCK_SIZE;
    return 0;
}

void *pool_take(struct pool *pool, size_t size)
{
    if (size > LARGE)
        return take_large(pool, size);
    size = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    if (size > pool->left && add_block(pool) < 0)
        return NULL;
    pool->left -= size;
    // from the end on
    return (char *)pool->blocks->bytes + pool->left;
}

void pool_free(struct pool *pool)
{
    while (pool->blocks != NULL) {
        struct pool_block *block = pool->blocks;

        pool->blocks = block->next;
        free(block);
    }
    pool->left = 0;
}
