// digest.c - to find out that two pieces of data are equal.
// SPDX-License-Identifier: MIT
#include "core/squash/digest.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "core/base/err.h"

__extension__ typedef unsigned __int128 wide;

#define PRIME ((1ULL << 61) - 1)

enum {
    WORD = 7,       // bytes that surely are less than the prime
    STRIDE = 4,     // words between two reductions
    TABLE_MIN = 64, // entries
};

struct digest_entry {
    struct digest digest;
    void *value; // NULL: free
};

static uint64_t reduce(wide n)
{
    uint64_t low = (uint64_t)n & PRIME;
    uint64_t sum = low + (uint64_t)(n >> 61);

    // the second part has up to 66 bits less what 61 take away
    sum = (sum & PRIME) + (sum >> 61);
    return sum >= PRIME ? sum - PRIME : sum;
}

static uint64_t load(const uint8_t *bytes)
{
    uint64_t word;

    memcpy(&word, bytes, sizeof word); // one more than is used
    return word & ((1ULL << 56) - 1);
}

// Four words at a time: their products, and that of what came before, are added
// up before they are reduced.
static uint64_t add_stride(const uint64_t powers[4], uint64_t sum,
                           const uint64_t words[STRIDE])
{
    return reduce((wide)(sum + words[0]) * powers[3] +
                  (wide)words[1] * powers[2] + (wide)words[2] * powers[1] +
                  (wide)words[3] * powers[0]);
}

static void add(const struct digest_key *key, struct digest *sum,
                const uint8_t *bytes)
{
    uint64_t words[STRIDE];

    for (size_t i = 0; i < STRIDE; i++)
        words[i] = load(bytes + i * WORD);
    for (size_t i = 0; i < 2; i++)
        sum->half[i] = add_stride(key->powers[i], sum->half[i], words);
}

int digest_key_init(struct digest_key *key)
{
    uint64_t points[2];

    if (getrandom(points, sizeof points, 0) != sizeof points)
        return failed(errno, "can't draw a number at random");
    for (size_t i = 0; i < 2; i++) {
        uint64_t *powers = key->powers[i];

        powers[0] = reduce(points[i]);
        for (size_t j = 1; j < STRIDE; j++)
            powers[j] = reduce((wide)powers[j - 1] * powers[0]);
    }
    return 0;
}

struct digest digest_of(const struct digest_key *key, const void *bytes,
                        size_t size)
{
    const size_t step = WORD * (size_t)STRIDE;
    const uint8_t *at = bytes;
    size_t rest = size;
    struct digest sum = { { 0 } };
    uint8_t last[WORD * STRIDE + 1] = { 0 };

    for (; rest > step; rest -= step, at += step)
        add(key, &sum, at);
    // The last words may not be read beyond their end; and the length tells
    // pieces apart that end in zeros.
    memcpy(last, at, rest);
    add(key, &sum, last);
    memset(last, 0, sizeof last);
    memcpy(last, &size, WORD);
    add(key, &sum, last);
    return sum;
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
