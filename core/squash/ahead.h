// ahead.h - which block of fragments will be wanted next.
//
// Small files lie in blocks of fragments, in the order in which a tree is
// walked. The kernel reads ahead within a file only. So when two blocks in a
// row are asked for, the one behind them is unpacked meanwhile by a thread that
// has just answered, and whoever reads one small file after the other finds it
// there.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdatomic.h>
#include <stdint.h>

struct ahead {
    _Atomic uint64_t *asked; // a bit for each; NULL: nothing is done ahead
    uint32_t count;
    _Atomic uint32_t next; // the one to be unpacked; 0: none
};

void ahead_init(struct ahead *ahead, uint32_t fragments);
void ahead_destroy(struct ahead *ahead);

// It is asked for.
void ahead_note(struct ahead *ahead, uint32_t fragment);

// The one that is to be unpacked, which is nobody else's then. 0: none is, as
// the first never comes behind another.
uint32_t ahead_take(struct ahead *ahead);
