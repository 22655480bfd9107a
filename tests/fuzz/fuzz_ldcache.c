// fuzz_ldcache.c - the cache of an image's dynamic linker.
//
// What is read is written and read again: it must be the same.
// SPDX-License-Identifier: MIT
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "core/base/err.h"
#include "core/run/ldcache.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void write_again(struct ldcache *cache)
{
    struct ldcache again = { 0 };
    size_t size;
    char *bytes = ldcache_bytes(cache, &size);

    if (bytes == NULL || ldcache_read(&again, bytes, size) < 0 ||
        again.count != cache->count ||
        again.levels.count != cache->levels.count)
        abort();
    free(bytes);
    ldcache_free(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ldcache cache = { 0 };

    if (ldcache_read(&cache, (const char *)data, size) == 0 &&
        ldcache_put(&cache, "libnew.so.1", "/ch/lib/libnew.so.1", 3) == 0)
        write_again(&cache);
    else
        err_clear();
    ldcache_free(&cache);
    return 0;
}
