// digest.c - what names a blob: the hash of its bytes.
//
// Nettle has two functions for SHA-256, and would find out at each start of the
// program which one this CPU is to be given, whether it computes a digest or
// not; and it would bring all of its ciphers along for it. So its own choice is
// not linked (third_party/nettle/recipe), and _nettle_sha256_compress_n() here
// is in its place.
// SPDX-License-Identifier: MIT
#include "core/image/digest.h"

#include <cpuid.h>
#include <string.h>

#include "core/base/err.h"

#define SHOWN 100 // characters of a digest that is none, in a message
#define HEX "0123456789abcdef"

enum { FEATURES = 7, EBX_SHA = 1 << 29 }; // Intel's manual, CPUID, leaf 7

// Take so many blocks of 64 bytes into the state; returns what follows them. Of
// Nettle, but not in its headers: the first is what it calls.
typedef const uint8_t *compress_function(uint32_t *state,
                                         const uint32_t *constants,
                                         size_t blocks, const uint8_t *bytes);
compress_function _nettle_sha256_compress_n;
compress_function _nettle_sha256_compress_n_x86_64;
compress_function _nettle_sha256_compress_n_sha_ni;

struct digest_algorithm {
    const char *name;
    size_t size; // bytes
    void (*begin)(struct hash *hash);
    void (*add)(struct hash *hash, size_t size, const uint8_t *bytes);
    void (*end)(struct hash *hash, uint8_t *bytes);
};

static void sha256_begin(struct hash *hash)
{
    sha256_init(&hash->state.sha256);
}

static void sha256_add(struct hash *hash, size_t size, const uint8_t *bytes)
{
    sha256_update(&hash->state.sha256, size, bytes);
}

static void sha256_end(struct hash *hash, uint8_t *bytes)
{
    sha256_digest(&hash->state.sha256, SHA256_DIGEST_SIZE, bytes);
}

static void sha512_begin(struct hash *hash)
{
    sha512_init(&hash->state.sha512);
}

static void sha512_add(struct hash *hash, size_t size, const uint8_t *bytes)
{
    sha512_update(&hash->state.sha512, size, bytes);
}

static void sha512_end(struct hash *hash, uint8_t *bytes)
{
    sha512_digest(&hash->state.sha512, SHA512_DIGEST_SIZE, bytes);
}

static const struct digest_algorithm algorithms[] = {
    { "sha256", SHA256_DIGEST_SIZE, sha256_begin, sha256_add, sha256_end },
    { "sha512", SHA512_DIGEST_SIZE, sha512_begin, sha512_add, sha512_end },
};

static const struct digest_algorithm *find(const char *name, size_t length)
{
    for (size_t i = 0; i < sizeof algorithms / sizeof algorithms[0]; i++)
        if (strlen(algorithms[i].name) == length &&
            memcmp(algorithms[i].name, name, length) == 0)
            return &algorithms[i];
    return NULL;
}

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

int digest_parse(const char *text, struct digest *digest)
{
    size_t length = strcspn(text, ":");
    const char *hex = text + length + (text[length] == ':');

    digest->algorithm = find(text, length);
    if (digest->algorithm == NULL)
        return failed(0, "not a digest by sha256 or sha512: %.*s", SHOWN, text);
    if (strlen(hex) != 2 * digest->algorithm->size ||
        strspn(hex, HEX) != strlen(hex))
        return failed(0, "not a digest: %.*s", SHOWN, text);
    memcpy(digest->hex, hex, strlen(hex) + 1);
    return 0;
}

const char *digest_algorithm(const struct digest *digest)
{
    return digest->algorithm->name;
}

void hash_begin(struct hash *hash, const struct digest *like)
{
    hash->algorithm = like->algorithm;
    hash->algorithm->begin(hash);
}

void hash_add(struct hash *hash, const void *bytes, size_t size)
{
    hash->algorithm->add(hash, size, bytes);
}

bool hash_is(struct hash *hash, const struct digest *digest)
{
    uint8_t bytes[SHA512_DIGEST_SIZE];

    hash->algorithm->end(hash, bytes);
    for (size_t i = 0; i < hash->algorithm->size; i++)
        if (digest->hex[2 * i] != HEX[bytes[i] >> 4] ||
            digest->hex[2 * i + 1] != HEX[bytes[i] & 15])
            return false;
    return digest->algorithm == hash->algorithm;
}
