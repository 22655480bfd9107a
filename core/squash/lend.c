// lend.c - memory that the kernel may take back without asking.
// SPDX-License-Identifier: MIT
#include "core/squash/lend.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static struct lend_mark mark_of(const uint8_t *page)
{
    for (size_t i = 0; i < LEND_PAGE; i++) {
        if (page[i] != 0)
            return (struct lend_mark){ (uint16_t)i, page[i] };
    }
    return (struct lend_mark){ 0 };
}

bool lend(uint8_t *data, size_t size, struct lend_mark *marks)
{
    if (getpagesize() > LEND_PAGE)
        return false; // what lies beside would be lent too
    for (size_t i = 0; i < size / LEND_PAGE; i++)
        marks[i] = mark_of(data + i * LEND_PAGE);
    return madvise(data, size, MADV_FREE) == 0;
}

// Only what is written to is one's own again. To write and to look must be one
// step: between the two, the page might go.
static bool is_whole(uint8_t *page, const struct lend_mark *mark)
{
    uint8_t *at = &page[mark->at], value = mark->value;

    return value == 0 ||
           __atomic_compare_exchange_n(at, &value, value, false,
                                       __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
}

bool lend_take_back(uint8_t *data, size_t size, const struct lend_mark *marks)
{
    for (size_t i = 0; i < size / LEND_PAGE; i++) {
        if (!is_whole(data + i * LEND_PAGE, &marks[i]))
            return false;
    }
    return true;
}
