// dir.c - directories, unpacked; how they are kept.
// SPDX-License-Identifier: MIT
#include "core/squash/dir.h"

#include <stdlib.h>
#include <string.h>

#include "core/squash/image.h"
#include "core/squash/listing.h"

static struct squash_dir **bucket_of(struct dir_cache *cache, uint64_t id)
{
    return &cache->buckets[(id * 0x9e3779b97f4a7c15 >> 32) % DIR_BUCKETS];
}

// --- under the lock

static void unlink_age(struct dir_cache *cache, struct squash_dir *dir)
{
    *(dir->newer != NULL ? &dir->newer->older : &cache->newest) = dir->older;
    *(dir->older != NULL ? &dir->older->newer : &cache->oldest) = dir->newer;
}

static void link_newest(struct dir_cache *cache, struct squash_dir *dir)
{
    dir->newer = NULL;
    dir->older = cache->newest;
    *(cache->newest != NULL ? &cache->newest->newer : &cache->oldest) = dir;
    cache->newest = dir;
}

static struct squash_dir *find(struct dir_cache *cache, uint64_t id)
{
    struct squash_dir *dir = *bucket_of(cache, id);

    while (dir != NULL && dir->id != id)
        dir = dir->same_bucket;
    if (dir != NULL) {
        dir->users++;
        unlink_age(cache, dir);
        link_newest(cache, dir);
    }
    return dir;
}

static void take_out(struct dir_cache *cache, struct squash_dir *dir)
{
    struct squash_dir **at = bucket_of(cache, dir->id);

    while (*at != dir)
        at = &(*at)->same_bucket;
    *at = dir->same_bucket;
    unlink_age(cache, dir);
    cache->bytes -= dir->bytes;
    listing_free(dir);
}

// The newest stays even when it alone is larger than the limit: whoever works
// in a huge directory comes again.
static void trim(struct dir_cache *cache)
{
    struct squash_dir *dir = cache->oldest;

    while (cache->bytes > DIR_CACHE_BYTES && dir != cache->newest) {
        struct squash_dir *newer = dir->newer;

        if (dir->users == 0)
            take_out(cache, dir);
        dir = newer;
    }
}

// Put it in unless another thread was faster; the one that is in then.
static struct squash_dir *add(struct dir_cache *cache, struct squash_dir *dir)
{
    struct squash_dir *there = find(cache, dir->id);

    if (there != NULL) {
        listing_free(dir);
        return there;
    }
    dir->users = 1;
    dir->same_bucket = *bucket_of(cache, dir->id);
    *bucket_of(cache, dir->id) = dir;
    link_newest(cache, dir);
    cache->bytes += dir->bytes;
    trim(cache);
    return dir;
}

// --- not under the lock

void dir_cache_init(struct dir_cache *cache)
{
    pthread_mutex_init(&cache->lock, NULL);
}

void dir_cache_destroy(struct dir_cache *cache)
{
    while (cache->oldest != NULL)
        take_out(cache, cache->oldest);
    pthread_mutex_destroy(&cache->lock);
}

size_t dir_cache_memory(struct dir_cache *cache)
{
    size_t bytes;

    pthread_mutex_lock(&cache->lock);
    bytes = cache->bytes;
    pthread_mutex_unlock(&cache->lock);
    return bytes;
}

struct squash_dir *squash_dir_open(struct squash *image, uint64_t id)
{
    struct dir_cache *cache = &image->dirs;
    struct squash_dir *dir;

    pthread_mutex_lock(&cache->lock);
    dir = find(cache, id);
    pthread_mutex_unlock(&cache->lock);
    if (dir != NULL)
        return dir;
    dir = listing_read(image, id);
    if (dir == NULL)
        return NULL;
    pthread_mutex_lock(&cache->lock);
    dir = add(cache, dir);
    pthread_mutex_unlock(&cache->lock);
    return dir;
}

uint32_t squash_dir_count(const struct squash_dir *dir)
{
    return dir->count;
}

uint64_t squash_dir_ino(const struct squash_dir *dir)
{
    return dir->ino;
}

uint64_t squash_dir_parent_ino(const struct squash_dir *dir)
{
    return dir->parent_ino;
}

void squash_dir_entry(const struct squash_dir *dir, uint32_t index,
                      struct squash_entry *entry)
{
    const struct listed *listed = &dir->entries[index];

    entry->name = dir->names + listed->name;
    entry->id = listed->id;
    entry->ino = listed->ino;
    entry->type = (mode_t)listed->type << 12;
}

void squash_dir_close(struct squash *image, struct squash_dir *dir)
{
    pthread_mutex_lock(&image->dirs.lock);
    dir->users--;
    trim(&image->dirs);
    pthread_mutex_unlock(&image->dirs.lock);
}
