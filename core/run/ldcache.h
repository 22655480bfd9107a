// ldcache.h - ld.so.cache, by which glibc's dynamic linker finds libraries.
// SPDX-License-Identifier: MIT
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "core/base/str.h"

struct ldcache_entry {
    char *soname;     // what programs ask for
    char *path;       // where it is
    uint32_t abi;     // architecture and libc ("flags" in glibc's words)
    uint32_t version; // of the kernel that it needs, by old glibc; 0: any
    uint64_t hwcap;   // processors that it is for; 0: all
};

struct ldcache {
    struct ldcache_entry *entries;
    size_t count;
    struct strlist levels; // names of processors that entries refer to
};

// Read the bytes of a cache, of today's format or of the one of before 2019
// that has it inside. The entries are added to the cache. 0, or -1 after
// failed() when the bytes are no such thing.
int ldcache_read(struct ldcache *cache, const char *bytes, size_t size);

// From now on "soname" is found at "path", for programs of this architecture,
// and nowhere else. 0, or -1 after failed().
int ldcache_put(struct ldcache *cache, const char *soname, const char *path,
                uint32_t abi);

// The bytes of the cache, of which *size is the number; the caller frees. NULL
// after failed().
char *ldcache_bytes(struct ldcache *cache, size_t *size);

void ldcache_free(struct ldcache *cache);
#define cleanup_ldcache __attribute__((cleanup(ldcache_free)))
