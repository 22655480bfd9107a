// strips.c - the image file is fetched in strips, each once.
// SPDX-License-Identifier: MIT
#include "core/squash/strips.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>

enum { BITS = 64 };

static bool is_asked(const struct strips *strips, uint64_t number)
{
    uint64_t word = atomic_load_explicit(&strips->asked[number / BITS],
                                         memory_order_relaxed);

    return word >> number % BITS & 1;
}

static void mark(struct strips *strips, uint64_t first, uint64_t last)
{
    for (uint64_t i = first; i <= last; i++)
        atomic_fetch_or_explicit(&strips->asked[i / BITS],
                                 (uint64_t)1 << i % BITS, memory_order_relaxed);
}

void strips_init(struct strips *strips, uint64_t file_size)
{
    strips->count = (file_size + STRIP_BYTES - 1) / STRIP_BYTES;
    // without memory for it, reading is only slower
    strips->asked = calloc(strips->count / BITS + 1, sizeof(*strips->asked));
}

void strips_destroy(struct strips *strips)
{
    free(strips->asked);
}

void strips_fetch(struct strips *strips, int fd, uint64_t pos, uint64_t size)
{
    uint64_t first = pos / STRIP_BYTES;
    uint64_t last = (pos + size - 1) / STRIP_BYTES, end;

    if (strips->asked == NULL || size == 0 || last >= strips->count)
        return;
    while (first <= last && is_asked(strips, first))
        first++;
    if (first > last)
        return;
    if (first > 0 && is_asked(strips, first - 1))
        last += STRIPS_AHEAD;
    for (end = first;
         end < last && end + 1 < strips->count && !is_asked(strips, end + 1);)
        end++;
    mark(strips, first, end);
    // a file system that can't is only slower
    (void)posix_fadvise(fd, (off_t)(first * STRIP_BYTES),
                        (off_t)((end - first + 1) * STRIP_BYTES),
                        POSIX_FADV_WILLNEED);
}
