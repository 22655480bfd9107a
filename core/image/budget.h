// budget.h - how much a tree may take, counted before it is written.
//
// For trees in memory: an archive of some kilobytes can hold terabytes, and
// memory that is exhausted kills whoever happens to ask for more.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdatomic.h>
#include <stdint.h>

struct budget {
    uint64_t limit;   // bytes; 0: none
    const char *hint; // behind the error that tells the limit; may be NULL
    _Atomic uint64_t used;
};

// Account for an entry, and for so many bytes of its data. 0, or -1 after
// failed() when it is more than the limit. May be called by many threads.
int budget_entry(struct budget *budget);
int budget_data(struct budget *budget, uint64_t bytes);

// The error of whoever exceeds it. -1.
int budget_exceeded(const struct budget *budget);
