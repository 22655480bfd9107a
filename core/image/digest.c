// digest.c - what names a blob: the hash of its bytes.
// SPDX-License-Identifier: MIT
#include "core/image/digest.h"

#include <string.h>

#include "core/base/err.h"
#include "core/image/sha256.h"

#define SHOWN 100 // characters of a digest that is none, in a message
#define HEX "0123456789abcdef"

struct digest_algorithm {
    const char *name;
    size_t size; // bytes
    void (*begin)(struct hash *hash);
    void (*add)(struct hash *hash, size_t size, const uint8_t *bytes);
    void (*end)(struct hash *hash, uint8_t *bytes);
};

static void sha256_begin(struct hash *hash)
{
    sha256_start(&hash->state.sha256);
}

static void sha256_add(struct hash *hash, size_t size, const uint8_t *bytes)
{
    sha256_take(&hash->state.sha256, bytes, size);
}

static void sha256_end(struct hash *hash, uint8_t *bytes)
{
    sha256_give(&hash->state.sha256, bytes);
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

void hash_begin_sha256(struct hash *hash)
{
    hash->algorithm = find("sha256", strlen("sha256"));
    hash->algorithm->begin(hash);
}

void hash_add(struct hash *hash, const void *bytes, size_t size)
{
    hash->algorithm->add(hash, size, bytes);
}

void hash_end(struct hash *hash, struct digest *digest)
{
    uint8_t bytes[SHA512_DIGEST_SIZE];

    *digest = (struct digest){ .algorithm = hash->algorithm };
    hash->algorithm->end(hash, bytes);
    for (size_t i = 0; i < hash->algorithm->size; i++) {
        digest->hex[2 * i] = HEX[bytes[i] >> 4];
        digest->hex[2 * i + 1] = HEX[bytes[i] & 15];
    }
}

bool hash_is(struct hash *hash, const struct digest *digest)
{
    struct digest own;

    hash_end(hash, &own);
    return digest->algorithm == own.algorithm &&
           strcmp(digest->hex, own.hex) == 0;
}
