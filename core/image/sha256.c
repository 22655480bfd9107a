// sha256.c - SHA-256, by Nettle.
//
// Nettle has two functions for it, and would find out at each start of the
// program which one this CPU is to be given, whether it computes a digest or
// not; and it would bring all of its ciphers along for it. So its own choice is
// not linked (third_party/nettle/recipe), and _nettle_sha256_compress_n() here
// is in its place.
// SPDX-License-Identifier: MIT
#include "core/image/sha256.h"

#include <cpuid.h>
#include <stdbool.h>

enum { FEATURES = 7, EBX_SHA = 1 << 29 }; // Intel's manual, CPUID, leaf 7

// Take so many blocks of 64 bytes into the state; returns what follows them. Of
// Nettle, but not in its headers: the first is what it calls.
typedef const uint8_t *compress_function(uint32_t *state,
                                         const uint32_t *constants,
                                         size_t blocks, const uint8_t *bytes);
compress_function _nettle_sha256_compress_n;
compress_function _nettle_sha256_compress_n_x86_64;
compress_function _nettle_sha256_compress_n_sha_ni;

static bool has_sha(void)
{
    unsigned a, b, c, d;

    return __get_cpuid_count(FEATURES, 0, &a, &b, &c, &d) && (b & EBX_SHA) != 0;
}

const uint8_t *_nettle_sha256_compress_n(uint32_t *state,
                                         const uint32_t *constants,
                                         size_t blocks, const uint8_t *bytes)
{
    // two threads that come first at once find the same
    static _Atomic(compress_function *) chosen;

    if (chosen == NULL)
        chosen = has_sha() ? _nettle_sha256_compress_n_sha_ni
                           : _nettle_sha256_compress_n_x86_64;
    return chosen(state, constants, blocks, bytes);
}

void sha256_start(struct sha256_ctx *state)
{
    sha256_init(state);
}

void sha256_take(struct sha256_ctx *state, const void *bytes, size_t size)
{
    sha256_update(state, size, bytes);
}

void sha256_give(struct sha256_ctx *state, uint8_t digest[SHA256_DIGEST_SIZE])
{
    sha256_digest(state, SHA256_DIGEST_SIZE, digest);
}
