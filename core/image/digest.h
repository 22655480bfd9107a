// digest.h - what names a blob: the hash of its bytes.
//
// As OCI's image-spec has it, descriptor.md: "sha256:" or "sha512:" and
// lower-case hexadecimal digits.
// SPDX-License-Identifier: MIT
#pragma once

#include <nettle/sha2.h>
#include <stdbool.h>
#include <stddef.h>

struct digest {
    const struct digest_algorithm *algorithm;
    char hex[2 * SHA512_DIGEST_SIZE + 1];
};

// 0, or -1 after failed(): not of this form, or of an algorithm that is not one
// of the two.
int digest_parse(const char *text, struct digest *digest);

// The name of the algorithm.
const char *digest_algorithm(const struct digest *digest);

// Bytes on their way into a digest.
struct hash {
    const struct digest_algorithm *algorithm;
    union {
        struct sha256_ctx sha256;
        struct sha512_ctx sha512;
    } state;
};

void hash_begin(struct hash *hash, const struct digest *like);
void hash_begin_sha256(struct hash *hash);
void hash_add(struct hash *hash, const void *bytes, size_t size);

// At the end: what is their digest?
void hash_end(struct hash *hash, struct digest *digest);

// At the end: do they have this digest?
bool hash_is(struct hash *hash, const struct digest *digest);
