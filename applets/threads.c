// threads.c - how many threads are to serve an image: an option of two applets.
// SPDX-License-Identifier: MIT
#include "applets/threads.h"

#include <stdint.h>

#include "core/base/err.h"
#include "core/base/str.h"

#define THREADS_MAX 64 // more pay nowhere

int threads_parse(const char *value, unsigned *threads)
{
    uint64_t n;

    if (str_to_u64(value, &n) < 0 || n == 0 || n > THREADS_MAX)
        return failed(0, "--threads: not a number from 1 to %d: %s",
                      THREADS_MAX, value);
    *threads = (unsigned)n;
    return 0;
}
