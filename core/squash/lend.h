// lend.h - memory that the kernel may take back without asking.
//
// A large cache must not be why a job runs out of memory. What is lent
// (MADV_FREE, madvise(2)) stays until memory is scarce, on the node or in the
// control group, and then goes page by page as page cache does: no event has to
// come in time, no thread waits for one, and nobody is killed for it. A page
// that went reads as zeros.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { LEND_PAGE = 4096 }; // bytes; the pages of some machines are larger

// A place in a page that is not zero: the page is whole as long as that is so.
struct lend_mark {
    uint16_t at;
    uint8_t value; // 0: the page is all zeros, and nothing to lose
};

// Lend whole pages, a mark for each of LEND_PAGE bytes. false where that cannot
// be: they are kept.
bool lend(uint8_t *data, size_t size, struct lend_mark *marks);

// Take them back, to be read and written. false when any of them is lost.
bool lend_take_back(uint8_t *data, size_t size, const struct lend_mark *marks);
