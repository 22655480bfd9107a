// prefetch.h - files of an image that are fetched before anybody asks.
//
// A program that starts asks for one file after the other, and waits for the
// storage each time. Several threads that go through the list of these files
// wait for all at once. What they fetch is kept where requests look first.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "core/squash/reader.h"

// The list that an image may have of its own.
#define PREFETCH_OWN "/ch/prefetch"

struct prefetch;

struct prefetch_plan {
    const char *list; // paths, a line each; borrowed. NULL: none
    bool own;         // the image's list, if it has one
    uint64_t bytes;   // until the caches hold as many
};

// Begin. NULL: there is nothing to fetch, or no memory or thread for it, which
// is no reason to fail.
struct prefetch *prefetch_start(struct squash *image,
                                const struct prefetch_plan *plan);

// What was fetched until now; "prefetch" may be NULL.
struct prefetched {
    uint64_t files;
    uint64_t bytes;
    bool over; // nothing more will be
};
struct prefetched prefetch_done(struct prefetch *prefetch);

// Give up what is left, and wait for the threads.
void prefetch_stop(struct prefetch *prefetch);
