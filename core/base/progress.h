// progress.h - how far a long work has come, told while it goes on.
//
// On a terminal a line that changes; else a line of the log every ten seconds.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

struct progress;

struct progress_counts {
    _Atomic uint64_t entries;
    _Atomic uint64_t bytes;
    // Of an input that is not read from its begin to its end: how far it is,
    // and how much there is; 0: not known.
    _Atomic uint64_t at;
    _Atomic uint64_t size;
};

struct progress_work {
    const struct progress_counts *counts;
    int in;  // a file that is read from its begin to its end, whose position
             // tells how much is left; -1: there is none
    int out; // a file that is written, whose size tells how well it is
             // compressed; -1: there is none
};

// Begin to tell. NULL if it can't be told, which is no error.
struct progress *progress_start(const struct progress_work *doing);

// Wipe the line.
void progress_end(struct progress *progress);

// Seconds, of a clock that is never set.
double progress_clock(void);

// How far it is, as numbers.
struct progress_state {
    uint64_t entries;
    uint64_t bytes;
    double seconds;   // since it began
    uint64_t at;      // in the input; 0: not known
    uint64_t size;    // of the input
    uint64_t written; // bytes of the output; 0: not known
};

// The same as a line, which is cut if there is no room.
void progress_text(const struct progress_state *state, char *text, size_t room);
