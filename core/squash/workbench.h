// workbench.h - where one thread unpacks one block at a time.
//
// A decompressor is slow to set up and its state belongs to one thread. So
// states are kept with an input buffer each, and lent to whoever needs one;
// there come to be as many as threads that unpack at the same moment.
// SPDX-License-Identifier: MIT
#pragma once

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

struct codec;

// What unpacking has brought, and taken.
struct unpacked {
    uint64_t bytes;
    uint64_t nanoseconds;
};

struct workbench {
    struct workbench *next;
    const struct codec *codec;
    void *state;
    struct unpacked unpacked; // since it was lent
    uint8_t input[];          // a block and the header of a metadata block
};

struct workbenches {
    pthread_mutex_t lock;
    struct workbench *idle;
    struct unpacked unpacked; // on all of them
    const struct codec *codec;
    size_t input_size;
};

// The compression method of this number in the super block; NULL: not known.
const struct codec *codec_find(unsigned number);

void workbenches_init(struct workbenches *benches, const struct codec *codec,
                      size_t block_size);
void workbenches_destroy(struct workbenches *benches);

// NULL with ENOMEM.
struct workbench *workbench_get(struct workbenches *benches);
void workbench_put(struct workbenches *benches, struct workbench *bench);

// Unpack "size" bytes at "in" to at most "room" bytes: their number, or -1
// with EIO.
ssize_t workbench_unpack(struct workbench *bench, const uint8_t *in,
                         size_t size, struct iovec out);

// What was unpacked on those that are not lent just now.
struct unpacked workbenches_unpacked(struct workbenches *benches);
