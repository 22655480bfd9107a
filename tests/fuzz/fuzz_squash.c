// fuzz_squash.c - any bytes as an image, read by one thread or by several.
// SPDX-License-Identifier: MIT
#include "tests/fuzz/squash_walk.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    walk_image(data, size, 1 + size % WALK_THREADS);
    return 0;
}
