// overlay_size.c - how much memory the changes of an image may take.
// SPDX-License-Identifier: MIT
#include "core/run/overlay_size.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"
#include "core/base/str.h"

// Bytes; the users files and what overlayfs needs take several pages, and a
// page may have 64 KiB.
#define SIZE_LEAST (512 << 10)

#define PERCENT_MOST 1000 // swap space may be larger than the memory

int overlay_size_check(const char *what, const char *size)
{
    size_t digits = strspn(size, "0123456789");
    uint64_t n;

    if (digits > 0 && strcmp(size + digits, "%") == 0) {
        if (strtoull(size, NULL, 10) <= PERCENT_MOST)
            return 0;
        return failed(0, "%s: out of range: %s", what, size);
    }
    if (str_to_size(size, &n) < 0)
        return failed(0,
                      "%s: not a size: %s (bytes, with K, M or G behind it, or "
                      "percent of the memory)",
                      what, size);
    // to a tmpfs, and so to Charliecloud, 0 means no limit
    if (n > 0 && n < SIZE_LEAST)
        return failed(0, "%s: too small: %s (at least %dK, or 0 for no limit)",
                      what, size, SIZE_LEAST >> 10);
    return 0;
}
