// feed.h - the bytes of a file or a pipe, in large pieces.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

// Bytes of a file, whose descriptor others may use at the same time.
struct feed_part {
    int fd;
    uint64_t offset;
    uint64_t size;
    _Atomic uint64_t *counted; // bytes that are read are added; or NULL
};

struct feed {
    struct feed_part part; // what is left of it; the descriptor is the caller's
    bool is_part;          // else it is all from the descriptor's position on
    char *bytes;           // FEED_SIZE of them
    size_t waiting;        // read, but not taken yet
};

enum { FEED_SIZE = 1 << 20 };

// Read from the descriptor's position on. 0, or -1 after failed().
int feed_open(struct feed *feed, int fd);

// The same of a part of a file.
int feed_open_part(struct feed *feed, const struct feed_part *part);

// Does what comes next begin so? At the begin only. False after failed(), too:
// then feed_next() fails as well.
bool feed_begins(struct feed *feed, const void *magic, size_t size);

// The next bytes, valid until the next call: their number; 0 at the end; -1
// after failed().
ssize_t feed_next(struct feed *feed, const void **bytes);

void feed_close(struct feed *feed);
