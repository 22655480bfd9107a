// progress.h - how far a long work has come, told while it goes on.
//
// On a terminal a line that changes; else a line of the log every ten seconds.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdatomic.h>
#include <stdint.h>

struct progress;

struct progress_counts {
    _Atomic uint64_t entries;
    _Atomic uint64_t bytes;
};

// Begin to tell. "fd" is a file that is read from its begin to its end, whose
// position tells how much is left; -1: there is none. NULL if it can't be told,
// which is no error.
struct progress *progress_start(const struct progress_counts *counts, int fd);

// Wipe the line.
void progress_end(struct progress *progress);
