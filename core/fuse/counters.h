// counters.h - what a server has done.
//
// Each thread counts for itself, so that counting takes a few instructions and
// no thread waits for another.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "core/fuse/prefetch.h"
#include "core/squash/reader.h"

enum { COUNTERS_KINDS = 12 }; // of requests

// Of one thread. No other writes to them, but any may read.
struct counters {
    _Atomic uint64_t requests[COUNTERS_KINDS];
    _Atomic uint64_t bytes;     // of answers
} __attribute__((aligned(64))); // a cache line is no two threads'

// A request as it was read from the device.
void counters_request(struct counters *counters, const void *request);
void counters_answer(struct counters *counters, size_t bytes);

// Whose counters they are, together.
struct counted {
    const struct counters *threads;
    _Atomic unsigned count;
    struct squash *image;
    struct prefetch *prefetch; // or NULL
    time_t since;              // CLOCK_MONOTONIC
};

// All that is known of this process, which serves the image: lines of a name, a
// blank and a number. The length of the text, which is cut where it does not
// fit.
#define COUNTERS_TEXT 4096
size_t counters_text(const struct counted *counted, char text[COUNTERS_TEXT]);
