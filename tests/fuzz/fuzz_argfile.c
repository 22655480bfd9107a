// fuzz_argfile.c - the arguments that an image keeps.
// SPDX-License-Identifier: MIT
#include <stddef.h>
#include <stdint.h>

#include "core/base/err.h"
#include "core/image/argfile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct strlist args = { 0 };

    if (argfile_parse("input", (const char *)data, size, &args) < 0)
        err_clear();
    strlist_free(&args);
    return 0;
}
