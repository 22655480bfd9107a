// ahead.c - which block of fragments will be wanted next.
// SPDX-License-Identifier: MIT
#include "core/squash/ahead.h"

#include <stdbool.h>
#include <stdlib.h>

enum {
    BITS = 64,
    // What says that it has more is no image of files that are worth it.
    MOST = 1 << 24,
};

static bool is_asked(const struct ahead *ahead, uint32_t fragment)
{
    uint64_t word = atomic_load_explicit(&ahead->asked[fragment / BITS],
                                         memory_order_relaxed);

    return word >> fragment % BITS & 1;
}

void ahead_init(struct ahead *ahead, uint32_t fragments)
{
    // without memory for it, reading is only slower
    if (fragments <= MOST)
        ahead->asked = calloc(fragments / BITS + 1, sizeof(*ahead->asked));
    ahead->count = fragments;
}

void ahead_destroy(struct ahead *ahead)
{
    free(ahead->asked);
}

void ahead_note(struct ahead *ahead, uint32_t fragment)
{
    if (ahead->asked == NULL || fragment >= ahead->count ||
        is_asked(ahead, fragment))
        return;
    atomic_fetch_or_explicit(&ahead->asked[fragment / BITS],
                             (uint64_t)1 << fragment % BITS,
                             memory_order_relaxed);
    if (fragment > 0 && fragment + 1 < ahead->count &&
        is_asked(ahead, fragment - 1) && !is_asked(ahead, fragment + 1))
        atomic_store_explicit(&ahead->next, fragment + 1, memory_order_relaxed);
}

uint32_t ahead_take(struct ahead *ahead)
{
    // most often there is none, which needs no exchange
    if (atomic_load_explicit(&ahead->next, memory_order_relaxed) == 0)
        return 0;
    return atomic_exchange_explicit(&ahead->next, 0, memory_order_relaxed);
}
