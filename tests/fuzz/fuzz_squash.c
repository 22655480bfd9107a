// fuzz_squash.c - any bytes as an image.
// SPDX-License-Identifier: MIT
#include "tests/fuzz/squash_walk.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    walk_image(data, size);
    return 0;
}
