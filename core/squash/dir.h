// dir.h - directories, unpacked into arrays that can be searched.
//
// The lists of the directories last used are kept, up to a limit in bytes: a
// lookup is then a binary search, and a listing can go on at any entry.
// SPDX-License-Identifier: MIT
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct squash;
struct squash_dir;

enum {
    DIR_BUCKETS = 512,
    DIR_CACHE_BYTES = 6 << 20,
};

struct dir_cache {
    pthread_mutex_t lock;
    struct squash_dir *buckets[DIR_BUCKETS];
    struct squash_dir *newest, *oldest;
    size_t bytes;
};

void dir_cache_init(struct dir_cache *cache);
void dir_cache_destroy(struct dir_cache *cache);
size_t dir_cache_memory(struct dir_cache *cache); // bytes
