// digest.h - to find out that two pieces of data are equal, by 122 bits.
//
// Two polynomials over a field of prime order, each at a secret point that is
// drawn anew for each image. Whoever makes the data does not know the points,
// so he can't make two pieces that are taken for the same: for pieces of n
// bytes this happens with a probability of (n / 7 / 2^61)^2, less than 1 in
// 2^87 at the largest blocks. No cryptographic hash is needed for that, which
// would take longer than the quick ones of the compressors.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct digest {
    uint64_t half[2];
};

struct digest_key {
    uint64_t powers[2][4]; // of each point, from the first on
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
