// block.c - the cache of data blocks.
//
// SPDX-License-Identifier: MIT
#include "core/squash/block.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "core/squash/image.h"

// The part of a lent block, one page of so many, that is taken back before all
// of it is.
enum { PART_TAKEN = 8 };

// A block's key is its position: no two blocks start at the same one.
static uint64_t hash(uint64_t pos)
{
    return pos * 0x9e3779b97f4a7c15 >> 48;
}

static struct block_shard *shard_of(struct squash *image, uint64_t pos)
{
    return &image->blocks.shards[hash(pos) % image->blocks.shard_count];
}

static struct squash_block **bucket_of(struct block_shard *shard, uint64_t pos)
{
    return &shard->buckets[hash(pos) / BLOCK_SHARDS % BLOCK_BUCKETS];
}

// What of the block can be lost: whole pages.
static size_t pages_of(const struct squash_block *block)
{
    return ((size_t)block->size + LEND_PAGE - 1) / LEND_PAGE * LEND_PAGE;
}

// --- under the shard's lock

static struct block_list *list_of(struct block_shard *shard,
                                  const struct squash_block *block)
{
    return block->lent ? &shard->lent : &shard->kept;
}

static void unlink_age(struct block_list *list, struct squash_block *block)
{
    *(block->newer != NULL ? &block->newer->older : &list->newest) =
        block->older;
    *(block->older != NULL ? &block->older->newer : &list->oldest) =
        block->newer;
    list->count--;
}

static void link_newest(struct block_list *list, struct squash_block *block)
{
    block->newer = NULL;
    block->older = list->newest;
    *(list->newest != NULL ? &list->newest->newer : &list->oldest) = block;
    list->newest = block;
    list->count++;
}

static void take_out(struct block_shard *shard, struct squash_block *block)
{
    struct squash_block **at = bucket_of(shard, block->pos);

    while (*at != block)
        at = &(*at)->same_bucket;
    *at = block->same_bucket;
    unlink_age(list_of(shard, block), block);
    block->lent = false;
}

static void set_aside(struct block_shard *shard, struct squash_block *block)
{
    block->same_bucket = shard->spare;
    shard->spare = block;
}

static struct squash_block *oldest_unused(const struct block_list *list)
{
    struct squash_block *block = list->oldest;

    while (block != NULL && (block->users > 0 || block->state != BLOCK_READY))
        block = block->newer;
    return block;
}

// Let the oldest go that nobody uses, so that one more has room.
static void make_room(struct block_shard *shard)
{
    while (shard->kept.count + shard->lent.count >= shard->limit) {
        struct squash_block *block = oldest_unused(&shard->lent);

        if (block == NULL)
            block = oldest_unused(&shard->kept);
        if (block == NULL)
            return;
        take_out(shard, block);
        set_aside(shard, block);
    }
}

// Keep one more, and lend others instead.
static void keep(struct block_shard *shard, struct squash_block *block)
{
    link_newest(&shard->kept, block);
    while (shard->kept.count > shard->kept_limit) {
        struct squash_block *oldest = oldest_unused(&shard->kept);

        if (oldest == NULL ||
            !lend(oldest->data, pages_of(oldest), oldest->marks))
            return;
        unlink_age(&shard->kept, oldest);
        oldest->lent = true;
        oldest->taken = 0;
        link_newest(&shard->lent, oldest);
    }
}

// Out of the lent ones, for good.
static bool take_back(struct block_shard *shard, struct squash_block *block)
{
    if (!lend_take_back(block->data, pages_of(block), block->marks))
        return false;
    unlink_age(&shard->lent, block);
    block->lent = false;
    block->users++; // for it not to be lent again at once
    keep(shard, block);
    block->users--;
    return true;
}

// Whoever reads at random wants a page of each block, and would make all of it
// be taken back and another lent each time. So a few of its pages are, before
// the block is.
static bool take_part_back(struct block_shard *shard,
                           struct squash_block *block,
                           const struct extent *extent)
{
    uint64_t end = (uint64_t)extent->from + extent->length;
    uint32_t first = extent->from / LEND_PAGE, count;

    if (end > block->size)
        return take_back(shard, block);
    count = ((uint32_t)end + LEND_PAGE - 1) / LEND_PAGE - first;
    if (block->taken + count > pages_of(block) / LEND_PAGE / PART_TAKEN)
        return take_back(shard, block);
    block->taken += count;
    return lend_take_back(block->data + (size_t)first * LEND_PAGE,
                          (size_t)count * LEND_PAGE, block->marks + first);
}

// What the kernel has taken meanwhile is not there; who uses another part of it
// gives it back as one that is not in the cache.
static struct squash_block *find(struct block_shard *shard,
                                 const struct extent *extent)
{
    struct squash_block *block = *bucket_of(shard, extent->pos);

    while (block != NULL && block->pos != extent->pos)
        block = block->same_bucket;
    if (block == NULL || !block->lent || take_part_back(shard, block, extent))
        return block;
    take_out(shard, block);
    if (block->users == 0)
        set_aside(shard, block);
    else
        block->state = BLOCK_LOOSE;
    return NULL;
}

// Wait until it is unpacked. NULL with EIO when that failed.
static struct squash_block *use(struct block_shard *shard,
                                struct squash_block *block, bool last)
{
    block->users++;
    block->last |= last;
    unlink_age(list_of(shard, block), block);
    link_newest(list_of(shard, block), block);
    shard->hits++;
    while (block->state == BLOCK_LOADING)
        pthread_cond_wait(&shard->loaded, &shard->lock);
    if (block->state == BLOCK_READY)
        return block;
    if (--block->users == 0)
        set_aside(shard, block);
    errno = EIO;
    return NULL;
}

static struct squash_block *new_block(struct squash *image,
                                      struct block_shard *shard)
{
    struct squash_block *block = shard->spare;

    if (block != NULL) {
        shard->spare = block->same_bucket;
        return block;
    }
    block = malloc(sizeof *block +
                   image->block_size / LEND_PAGE * sizeof *block->marks);
    if (block == NULL)
        return NULL;
    block->lent = false;
    block->data = aligned_alloc(LEND_PAGE, image->block_size);
    if (block->data != NULL)
        return block;
    free(block);
    errno = ENOMEM;
    return NULL;
}

static void begin(struct squash_block *block, const struct extent *extent,
                  enum block_state state)
{
    block->pos = extent->pos;
    block->users = 1;
    block->state = state;
    block->last = extent->last;
}

// --- not under a lock

static ssize_t unpack(struct squash *image, const struct extent *extent,
                      uint8_t *data)
{
    struct workbench *bench = workbench_get(&image->benches);
    ssize_t size = -1;

    if (bench == NULL)
        return -1;
    if (image_read(image, bench->input, extent->packed, extent->pos) == 0)
        size = workbench_unpack(bench, bench->input, extent->packed,
                                (struct iovec){ data, image->block_size });
    workbench_put(&image->benches, bench);
    return size;
}

static int load(struct squash *image, const struct extent *extent,
                struct squash_block *block)
{
    ssize_t size = -1;

    if (extent->packed <= image->block_size) {
        if (extent->compressed)
            size = unpack(image, extent, block->data);
        else if (image_read(image, block->data, extent->packed, extent->pos) ==
                 0)
            size = extent->packed;
    }
    if (size < 0 || (extent->size != 0 && size != extent->size)) {
        errno = EIO;
        return -1;
    }
    block->size = (uint32_t)size;
    return 0;
}

// Unpack a block that is in the cache already, so that others wait for it.
static struct squash_block *load_shared(struct squash *image,
                                        struct block_shard *shard,
                                        const struct extent *extent,
                                        struct squash_block *block)
{
    int result = load(image, extent, block);
    struct squash_block *ready = block;

    pthread_mutex_lock(&shard->lock);
    block->state = result == 0 ? BLOCK_READY : BLOCK_BAD;
    if (result < 0) {
        ready = NULL;
        take_out(shard, block);
        if (--block->users == 0)
            set_aside(shard, block);
    }
    pthread_cond_broadcast(&shard->loaded);
    pthread_mutex_unlock(&shard->lock);
    if (ready == NULL)
        errno = EIO;
    return ready;
}

// A block that is to be loaded; in the cache unless it is "loose". NULL with
// errno.
static struct squash_block *begin_new(struct squash *image,
                                      const struct extent *extent,
                                      enum block_state state)
{
    struct block_shard *shard = shard_of(image, extent->pos);
    struct squash_block *block;

    if (state == BLOCK_LOADING)
        make_room(shard);
    block = new_block(image, shard);
    if (block == NULL)
        return NULL;
    begin(block, extent, state);
    shard->misses++;
    if (state == BLOCK_LOADING) {
        block->same_bucket = *bucket_of(shard, extent->pos);
        *bucket_of(shard, extent->pos) = block;
        keep(shard, block);
    }
    return block;
}

// The block that the cache has, or a new one: *fresh, the caller loads it. NULL
// with errno.
static struct squash_block *find_or_begin(struct squash *image,
                                          const struct extent *extent,
                                          enum block_state state, bool *fresh)
{
    struct block_shard *shard = shard_of(image, extent->pos);
    struct squash_block *block;

    pthread_mutex_lock(&shard->lock);
    block = find(shard, extent);
    *fresh = block == NULL;
    if (*fresh)
        block = begin_new(image, extent, state);
    else
        block = use(shard, block, extent->last);
    pthread_mutex_unlock(&shard->lock);
    return block;
}

struct squash_block *block_get(struct squash *image,
                               const struct extent *extent)
{
    struct block_shard *shard = shard_of(image, extent->pos);
    bool fresh;
    struct squash_block *block =
        find_or_begin(image, extent, BLOCK_LOADING, &fresh);

    if (block == NULL || !fresh)
        return block;
    return load_shared(image, shard, extent, block);
}

struct squash_block *block_get_once(struct squash *image,
                                    const struct extent *extent)
{
    bool fresh;
    struct squash_block *block =
        find_or_begin(image, extent, BLOCK_LOOSE, &fresh);

    if (block == NULL || !fresh || load(image, extent, block) == 0)
        return block;
    block_put(image, block);
    errno = EIO;
    return NULL;
}

void block_put(struct squash *image, struct squash_block *block)
{
    struct block_shard *shard = shard_of(image, block->pos);

    pthread_mutex_lock(&shard->lock);
    block->users--;
    if (block->users == 0 && block->last && block->state == BLOCK_READY) {
        take_out(shard, block);
        block->state = BLOCK_LOOSE;
    }
    if (block->users == 0 && block->state == BLOCK_LOOSE)
        set_aside(shard, block);
    pthread_mutex_unlock(&shard->lock);
}
