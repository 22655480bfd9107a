// digest.h - to find out that two pieces of data are equal, by a keyed hash.
//
// Nettle's Poly1305: a polynomial over a field of prime order at a secret
// point, which is drawn anew for each image. Whoever makes the data does not
// know the point, so he can't make two pieces that are taken for the same: for
// a pair of at most n bytes that happens with a probability of 8 * ceil(n / 16)
// / 2^106, so 1 in 2^87 at the largest blocks (D. J. Bernstein, The
// Poly1305-AES message-authentication code, 2005, theorem 3.3). Digests are
// shown to nobody, so the cipher that hides the point from those who see them
// is left out. No cryptographic hash is needed for that, which would take
// longer than the quick ones of the compressors.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <nettle/poly1305.h>

struct digest {
    uint64_t half[2];
};

struct digest_key {
    struct poly1305_ctx start; // nothing added yet
};

// 0, or -1 after failed().
int digest_key_init(struct digest_key *key);

struct digest digest_of(const struct digest_key *key, const void *bytes,
                        size_t size);

// A table from digests to what has them.
struct digest_table {
    struct digest_entry *entries;
    size_t room; // a power of two
    size_t count;
};

// What was put under the digest first; NULL if nothing was.
void *digest_find(const struct digest_table *table, struct digest digest);

// 0, or -1 after failed().
int digest_add(struct digest_table *table, struct digest digest, void *value);

void digest_table_free(struct digest_table *table);
