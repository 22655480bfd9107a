// fuzz_glob.c - a pattern and a text, separated by a NUL.
// SPDX-License-Identifier: MIT
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/glob.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *both = malloc(size + 2);

    if (both == NULL)
        return 0;
    memcpy(both, data, size);
    both[size] = both[size + 1] = '\0';
    glob_matches(both, both + strlen(both) + 1 <= both + size
                           ? both + strlen(both) + 1
                           : "");
    free(both);
    return 0;
}
