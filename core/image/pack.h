// pack.h - a stream of bytes, compressed by several threads into a file.
//
// It is cut into blocks of the codec's size, so what comes out depends on the
// bytes alone, and not on how many threads there are.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdint.h>

#include "core/image/codec.h"
#include "core/image/digest.h"

struct pack;

// What went through.
struct pack_sums {
    struct hash in; // the bytes as they came, unless they are not compressed
    struct hash out;
    uint64_t written; // bytes
};

struct pack_options {
    int fd; // stays the caller's
    const struct codec *codec;
    int level;
    unsigned threads;       // at most; 0: as many as this process has CPUs
    struct pack_sums *sums; // filled on the way, if not NULL
};

// NULL after failed().
struct pack *pack_open(const struct pack_options *options);

// 0, or -1 after failed().
int pack_write(struct pack *pack, const void *bytes, size_t size);

// Write what is left. 0, or -1 after failed().
int pack_finish(struct pack *pack);

// If a signal came, its threads are left to the end of the process.
void pack_close(struct pack *pack);
