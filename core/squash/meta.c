// meta.c - metadata blocks; and sqfs_md_read(), by which libsquashfuse sees
// all metadata.
//
// The library's own sqfs_md_read() has a cache of a few blocks behind one lock
// and believes offsets, so that a cursor behind the end of its block reads
// whatever lies there (0.5.2). Ours takes its place: the library's is a weak
// symbol in the archive that we link (third_party/libsquashfuse).
// SPDX-License-Identifier: MIT
#include "core/squash/meta.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/squash/image.h"

// No single thing in metadata is longer: names and values have 64 KiB at most.
enum { LONGEST = 128 << 10 };

struct meta_block {
    uint64_t next; // position of the one behind it in the image
    uint32_t size;
    uint8_t data[SQUASHFS_METADATA_SIZE];
};

static struct meta_set *set_of(struct squash *image, uint64_t pos)
{
    return &image->meta.sets[pos * 0x9e3779b97f4a7c15 >> 58];
}

_Static_assert(META_SETS == 1 << (64 - 58), "the hash has as many values");

// Copy what the cursor points at, as far as its block goes.
static size_t copy_out(const struct meta_block *block, sqfs_md_cursor *cur,
                       void *buf, size_t size)
{
    size_t take = block->size - cur->offset;

    if (take > size)
        take = size;
    if (buf != NULL)
        memcpy(buf, block->data + cur->offset, take);
    cur->offset += take;
    if (cur->offset == block->size) {
        cur->block = (sqfs_off_t)block->next;
        cur->offset = 0;
    }
    return take;
}

// The number of bytes copied, or -1 when the block is not in the cache.
static ssize_t copy_cached(struct squash *image, sqfs_md_cursor *cur, void *buf,
                           size_t size)
{
    uint64_t pos = (uint64_t)cur->block;
    struct meta_set *set = set_of(image, pos);
    ssize_t copied = -1;

    pthread_mutex_lock(&set->lock);
    for (int i = 0; i < META_WAYS; i++) {
        if (set->pos[i] != pos)
            continue;
        set->used[i] = ++set->clock;
        copied = -2;
        if (cur->offset <= set->block[i]->size)
            copied = (ssize_t)copy_out(set->block[i], cur, buf, size);
        break;
    }
    pthread_mutex_unlock(&set->lock);
    return copied;
}

// Unpack what is in the bench's input: a header of two bytes, and the block.
static int unpack(struct workbench *bench, uint64_t pos, size_t there,
                  struct meta_block *block)
{
    unsigned header = bench->input[0] | bench->input[1] << 8;
    size_t packed = header & ~SQUASHFS_COMPRESSED_BIT;
    ssize_t size = (ssize_t)packed;

    if (packed == 0 || packed > there - 2) {
        errno = EIO;
        return -1;
    }
    if (header & SQUASHFS_COMPRESSED_BIT)
        memcpy(block->data, bench->input + 2, packed);
    else
        size =
            workbench_unpack(bench, bench->input + 2, packed,
                             (struct iovec){ block->data, sizeof block->data });
    if (size < 0)
        return -1;
    block->size = (uint32_t)size;
    block->next = pos + 2 + packed;
    return 0;
}

static int load(struct squash *image, uint64_t pos, struct meta_block *block)
{
    size_t there = 2 + SQUASHFS_METADATA_SIZE;
    struct workbench *bench;
    int result = -1;

    if (pos >= image->size || image->size - pos < 3) {
        errno = EIO;
        return -1;
    }
    if (there > image->size - pos)
        there = image->size - pos;
    bench = workbench_get(&image->benches);
    if (bench == NULL)
        return -1;
    // One read fetches the header and all that a block can have.
    if (image_read(image, bench->input, there, pos) == 0)
        result = unpack(bench, pos, there, block);
    workbench_put(&image->benches, bench);
    atomic_fetch_add_explicit(&image->metadata, 1, memory_order_relaxed);
    return result;
}

// Put the block in the place of the one that nobody asked for the longest.
// Two threads may have loaded the same block; the second copy is let go.
static void keep(struct squash *image, uint64_t pos, struct meta_block *block)
{
    struct meta_set *set = set_of(image, pos);
    int oldest = 0;

    pthread_mutex_lock(&set->lock);
    for (int i = 0; i < META_WAYS; i++) {
        if (set->pos[i] == pos) {
            oldest = i;
            break;
        }
        if (set->clock - set->used[i] > set->clock - set->used[oldest])
            oldest = i;
    }
    struct meta_block *out = set->block[oldest];
    set->block[oldest] = block;
    set->pos[oldest] = pos;
    set->used[oldest] = ++set->clock;
    pthread_mutex_unlock(&set->lock);
    free(out);
}

static ssize_t copy_loaded(struct squash *image, sqfs_md_cursor *cur, void *buf,
                           size_t size)
{
    struct meta_block *block = malloc(sizeof *block);
    uint64_t pos = (uint64_t)cur->block;
    size_t copied;

    if (block == NULL)
        return -1;
    if (load(image, pos, block) < 0 || cur->offset > block->size) {
        free(block);
        return -1;
    }
    copied = copy_out(block, cur, buf, size);
    keep(image, pos, block);
    return (ssize_t)copied;
}

void meta_init(struct meta_cache *cache)
{
    for (int i = 0; i < META_SETS; i++)
        pthread_mutex_init(&cache->sets[i].lock, NULL);
}

void meta_destroy(struct meta_cache *cache)
{
    for (int i = 0; i < META_SETS; i++) {
        for (int j = 0; j < META_WAYS; j++)
            free(cache->sets[i].block[j]);
        pthread_mutex_destroy(&cache->sets[i].lock);
    }
}

size_t meta_memory(struct meta_cache *cache)
{
    size_t blocks = 0;

    for (int i = 0; i < META_SETS; i++) {
        pthread_mutex_lock(&cache->sets[i].lock);
        for (int j = 0; j < META_WAYS; j++)
            blocks += cache->sets[i].block[j] != NULL;
        pthread_mutex_unlock(&cache->sets[i].lock);
    }
    return blocks * sizeof(struct meta_block);
}

sqfs_err sqfs_md_read(sqfs *fs, sqfs_md_cursor *cur, void *buf, size_t size)
{
    struct squash *image = (struct squash *)fs;

    if (size > LONGEST)
        return SQFS_ERR;
    // Ends: each turn copies something or goes on to a later block.
    while (size > 0) {
        ssize_t copied = -2;

        // No metadata lies in the super block; and an empty way has position 0.
        if (cur->block >= (sqfs_off_t)sizeof fs->sb)
            copied = copy_cached(image, cur, buf, size);
        if (copied == -1)
            copied = copy_loaded(image, cur, buf, size);
        if (copied < 0)
            return SQFS_ERR;
        if (buf != NULL)
            buf = (char *)buf + copied;
        size -= (size_t)copied;
    }
    return SQFS_OK;
}
