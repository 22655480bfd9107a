// bench.h - how fast this node reads an image.
//
// Each work is done in a mount of its own, by a process of its own, and then
// once more: cold, and warm. Cold is what an ordinary user can make so: a new
// mount, of which the kernel knows nothing, and the image's file let go of by
// the page cache.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdbool.h>

#include "core/run/bench_work.h"
#include "core/run/mounting.h"

struct bench_plan {
    struct mounting how; // "dir" is not used
    uint64_t most;       // bytes to be read by a work
    int rounds;          // of which the medians are told
};

// Who reads the image.
enum bench_reader { BENCH_SERVER, BENCH_KERNEL, BENCH_READERS };

enum bench_state { BENCH_COLD, BENCH_WARM, BENCH_STATES };

struct bench_figures {
    struct bench_time times[BENCH_STATES];
};

struct bench_result {
    struct bench_tree tree;
    bool by_kernel; // it was measured, too: the caller is root
    struct bench_figures figures[BENCH_READERS][BENCH_WORKS];
};

// 0, or -1 after failed(). To be called before this process has threads.
int bench_run(const struct bench_plan *plan, struct bench_result *result);
