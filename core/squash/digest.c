// digest.c - to find out that two pieces of data are equal.
// SPDX-License-Identifier: MIT
#include "core/squash/digest.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include <nettle/poly1305-internal.h>

#include "core/base/err.h"

enum { TABLE_MIN = 64 }; // entries

struct digest_entry {
    struct digest digest;
    void *value; // NULL: free
};

int digest_key_init(struct digest_key *key)
{
    uint8_t point[POLY1305_KEY_SIZE];

    if (getrandom(point, sizeof point, 0) != sizeof point)
        return failed(errno, "can't draw a number at random");
    _nettle_poly1305_set_key(&key->start, point);
    return 0;
}

struct digest digest_of(const struct digest_key *key, const void *bytes,
                        size_t size)
{
    struct poly1305_ctx sum = key->start;
    uint8_t last[POLY1305_BLOCK_SIZE] = { 0 };
    unsigned rest = _nettle_poly1305_update(&sum, last, 0, size, bytes);
    union nettle_block16 result = { .u64 = { 0 } };
    struct digest digest;

    if (rest > 0) {
        // RFC 8439, 2.5.1: a short block ends in a one
        last[rest] = 1;
        _nettle_poly1305_block(&sum, last, 0);
    }
    _nettle_poly1305_digest(&sum, &result);
    memcpy(&digest, result.b, sizeof digest);
    return digest;
}

// Where the digest stands, or the free place where it would.
static struct digest_entry *find_entry(const struct digest_table *table,
                                       struct digest digest)
{
    size_t at = digest.half[0] & (table->room - 1);

    for (;;) {
        struct digest_entry *entry = &table->entries[at];

        if (entry->value == NULL || (entry->digest.half[0] == digest.half[0] &&
                                     entry->digest.half[1] == digest.half[1]))
            return entry;
        at = (at + 1) & (table->room - 1);
    }
}

static int grow(struct digest_table *table)
{
    struct digest_table larger = {
        .room = table->room > 0 ? 2 * table->room : TABLE_MIN,
        .count = table->count,
    };

    larger.entries = calloc(larger.room, sizeof *larger.entries);
    if (larger.entries == NULL)
        return failed(errno, "can't list what the image holds");
    for (size_t i = 0; i < table->room; i++) {
        const struct digest_entry *entry = &table->entries[i];

        if (entry->value != NULL)
            *find_entry(&larger, entry->digest) = *entry;
    }
    free(table->entries);
    *table = larger;
    return 0;
}

void *digest_find(const struct digest_table *table, struct digest digest)
{
    return table->room > 0 ? find_entry(table, digest)->value : NULL;
}

int digest_add(struct digest_table *table, struct digest digest, void *value)
{
    struct digest_entry *entry;

    if (table->count * 4 >= table->room * 3 && grow(table) < 0)
        return -1;
    entry = find_entry(table, digest);
    if (entry->value == NULL) {
        *entry = (struct digest_entry){ digest, value };
        table->count++;
    }
    return 0;
}

void digest_table_free(struct digest_table *table)
{
    free(table->entries);
    *table = (struct digest_table){ 0 };
}
