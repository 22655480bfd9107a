// ldcache.c - ld.so.cache, by which glibc's dynamic linker finds libraries.
//
// The format is glibc's own (sysdeps/generic/dl-cache.h there): a header, the
// entries in an order in which the linker searches by bisection, the strings,
// and an extension with names of processor levels that some entries need. Each
// string is given by its distance from the header. Caches of before glibc 2.32
// have an older format in front, which no linker since 2.2 needs.
// SPDX-License-Identifier: MIT
#include "core/run/ldcache.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"
#include "core/base/scope.h"

#define MAGIC "glibc-ld.so.cache1.1"
#define OLD_MAGIC "ld.so-1.7.0"
#define OLD_HEADER_SIZE 16
#define OLD_ENTRY_SIZE 12

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define BYTE_ORDER_FLAG 2
#else
#define BYTE_ORDER_FLAG 3
#endif

struct header {
    char magic[sizeof MAGIC - 1];
    uint32_t count, strings_size;
    uint8_t byte_order, padding[3];
    uint32_t extension; // where it is, or 0
    uint32_t unused[3];
};

struct entry {
    uint32_t abi, soname, path, version;
    uint64_t hwcap;
};

#define EXTENSION_MAGIC 0xeaa42174U
#define SECTION_LEVELS 1

struct section {
    uint32_t tag, flags, offset, size;
};

struct extension {
    uint32_t magic, count;
};

// --- reading

struct bytes {
    const char *start; // what offsets count from
    size_t size;
};

// The string at an offset, or NULL.
static const char *string_at(const struct bytes *b, uint32_t offset)
{
    if (offset >= b->size ||
        memchr(b->start + offset, '\0', b->size - offset) == NULL)
        return NULL;
    return b->start + offset;
}

// "like" has all but the strings.
static int add(struct ldcache *cache, const char *soname, const char *path,
               const struct ldcache_entry *like)
{
    struct ldcache_entry *more =
        reallocarray(cache->entries, cache->count + 1, sizeof *more);
    struct ldcache_entry entry = *like;

    if (more == NULL)
        return failed(errno, "can't add to ld.so.cache");
    cache->entries = more;
    entry.soname = str_dup(soname);
    entry.path = str_dup(path);
    if (entry.soname == NULL || entry.path == NULL) {
        free(entry.soname);
        free(entry.path);
        return -1;
    }
    more[cache->count++] = entry;
    return 0;
}

// Leave out the format of old that may stand in front. False: it lies.
static bool skip_old(struct bytes *b)
{
    uint32_t count;
    size_t skipped;

    if (b->size < OLD_HEADER_SIZE ||
        memcmp(b->start, OLD_MAGIC, sizeof OLD_MAGIC - 1) != 0)
        return true;
    memcpy(&count, b->start + OLD_HEADER_SIZE - sizeof count, sizeof count);
    skipped = OLD_HEADER_SIZE + (size_t)count * OLD_ENTRY_SIZE;
    skipped = (skipped + 7) / 8 * 8; // the header is aligned as a number is
    if (skipped > b->size)
        return false;
    b->start += skipped;
    b->size -= skipped;
    return true;
}

static int read_entries(struct ldcache *cache, const struct bytes *b,
                        uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        struct entry raw;
        const char *soname;
        const char *path;

        memcpy(&raw, b->start + sizeof(struct header) + i * sizeof raw,
               sizeof raw);
        soname = string_at(b, raw.soname);
        path = string_at(b, raw.path);
        if (soname == NULL || path == NULL)
            return failed(0, "entry %u is damaged", i);
        if (add(cache, soname, path,
                &(struct ldcache_entry){ .abi = raw.abi,
                                         .version = raw.version,
                                         .hwcap = raw.hwcap }) < 0)
            return -1;
    }
    return 0;
}

static int read_levels(struct ldcache *cache, const struct bytes *b,
                       const struct section *section)
{
    if (section->offset > b->size || section->size > b->size - section->offset)
        return failed(0, "its extension is damaged");
    for (uint32_t at = 0; at + sizeof at <= section->size; at += sizeof at) {
        uint32_t offset;
        const char *level;

        memcpy(&offset, b->start + section->offset + at, sizeof offset);
        level = string_at(b, offset);
        if (level == NULL)
            return failed(0, "a name of its extension is damaged");
        if (strlist_add(&cache->levels, level) < 0)
            return -1;
    }
    return 0;
}

static int read_extension(struct ldcache *cache, const struct bytes *b,
                          uint32_t offset)
{
    struct extension extension;

    if (offset == 0)
        return 0;
    if (offset > b->size || b->size - offset < sizeof extension)
        return failed(0, "its extension is damaged");
    memcpy(&extension, b->start + offset, sizeof extension);
    offset += sizeof extension;
    if (extension.magic != EXTENSION_MAGIC ||
        (b->size - offset) / sizeof(struct section) < extension.count)
        return failed(0, "its extension is damaged");
    for (uint32_t i = 0; i < extension.count; i++) {
        struct section section;

        memcpy(&section, b->start + offset + i * sizeof section,
               sizeof section);
        if (section.tag == SECTION_LEVELS &&
            read_levels(cache, b, &section) < 0)
            return -1;
    }
    return 0;
}

int ldcache_read(struct ldcache *cache, const char *bytes, size_t size)
{
    struct bytes b = { bytes, size };
    struct header header;

    if (!skip_old(&b) || b.size < sizeof header ||
        memcmp(b.start, MAGIC, sizeof MAGIC - 1) != 0)
        return failed(0, "not of a format that is known");
    memcpy(&header, b.start, sizeof header);
    if ((b.size - sizeof header) / sizeof(struct entry) < header.count)
        return failed(0, "shorter than it says");
    if (read_entries(cache, &b, header.count) < 0)
        return -1;
    return read_extension(cache, &b, header.extension);
}

// --- changing

int ldcache_put(struct ldcache *cache, const char *soname, const char *path,
                uint32_t abi)
{
    struct ldcache_entry fresh = { .abi = abi };
    size_t kept = 0;

    for (size_t i = 0; i < cache->count; i++) {
        struct ldcache_entry *old = &cache->entries[i];

        if (old->abi == abi && strcmp(old->soname, soname) == 0) {
            free(old->soname);
            free(old->path);
        } else {
            cache->entries[kept++] = *old;
        }
    }
    cache->count = kept;
    return add(cache, soname, path, &fresh);
}

// --- writing

// The linker's own order of names: as strcmp(3), but numbers by their value
// and after all else.
static int compare_names(const char *a, const char *b)
{
    while (*a != '\0') {
        if (isdigit((unsigned char)*a) && isdigit((unsigned char)*b)) {
            unsigned x = 0;
            unsigned y = 0;

            while (isdigit((unsigned char)*a))
                x = x * 10 + (unsigned)(*a++ - '0');
            while (isdigit((unsigned char)*b))
                y = y * 10 + (unsigned)(*b++ - '0');
            if (x != y)
                return (int)x < (int)y ? -1 : 1;
            continue;
        }
        if (isdigit((unsigned char)*a) != isdigit((unsigned char)*b))
            return isdigit((unsigned char)*a) ? 1 : -1;
        if (*a != *b)
            break;
        a++;
        b++;
    }
    return *a - *b;
}

// Descending, as the linker bisects; entries that are equal stay in order.
static int compare(const void *p, const void *q)
{
    const struct ldcache_entry *a = *(struct ldcache_entry *const *)p;
    const struct ldcache_entry *b = *(struct ldcache_entry *const *)q;
    int names = compare_names(b->soname, a->soname);

    if (names != 0)
        return names;
    if (a->abi != b->abi)
        return a->abi < b->abi ? 1 : -1;
    return a < b ? -1 : a > b;
}

struct text {
    char *bytes;
    size_t at;    // of the next string
    size_t first; // of all strings
};

// Its offset.
static uint32_t put_string(struct text *text, const char *s)
{
    size_t at = text->at;

    text->at = (size_t)(stpcpy(text->bytes + at, s) - text->bytes) + 1;
    return (uint32_t)at;
}

static void put_entries(const struct ldcache *cache, struct text *text,
                        struct ldcache_entry *const *sorted)
{
    for (size_t i = 0; i < cache->count; i++) {
        const struct ldcache_entry *e = sorted[i];
        struct entry raw = { .abi = e->abi,
                             .version = e->version,
                             .hwcap = e->hwcap };

        raw.soname = put_string(text, e->soname);
        raw.path = put_string(text, e->path);
        memcpy(text->bytes + sizeof(struct header) + i * sizeof raw, &raw,
               sizeof raw);
    }
}

// Behind the strings, of which those of the levels are the last. Its offset.
static uint32_t put_extension(const struct ldcache *cache, struct text *text,
                              const uint32_t *levels)
{
    struct extension extension = { EXTENSION_MAGIC, 1 };
    struct section section = { .tag = SECTION_LEVELS };
    size_t at = (text->at + 3) / 4 * 4;

    section.offset = (uint32_t)(at + sizeof extension + sizeof section);
    section.size = (uint32_t)(cache->levels.count * sizeof *levels);
    memcpy(text->bytes + at, &extension, sizeof extension);
    memcpy(text->bytes + at + sizeof extension, &section, sizeof section);
    if (section.size > 0)
        memcpy(text->bytes + section.offset, levels, section.size);
    text->at = section.offset + section.size;
    return (uint32_t)at;
}

// An upper limit of the bytes.
static size_t size_of(const struct ldcache *cache)
{
    size_t size = sizeof(struct header) + sizeof(struct extension) +
                  sizeof(struct section) + 4;

    for (size_t i = 0; i < cache->count; i++)
        size += sizeof(struct entry) + strlen(cache->entries[i].soname) +
                strlen(cache->entries[i].path) + 2;
    for (size_t i = 0; i < cache->levels.count; i++)
        size += strlen(cache->levels.items[i]) + 1 + sizeof(uint32_t);
    return size;
}

static size_t write_all(const struct ldcache *cache, char *bytes,
                        struct ldcache_entry **sorted, uint32_t *levels)
{
    struct header header = { .magic = MAGIC,
                             .count = (uint32_t)cache->count,
                             .byte_order = BYTE_ORDER_FLAG };
    struct text text = { .bytes = bytes,
                         .first = sizeof header +
                                  cache->count * sizeof(struct entry) };

    for (size_t i = 0; i < cache->count; i++)
        sorted[i] = &cache->entries[i];
    qsort(sorted, cache->count, sizeof(void *), compare);
    text.at = text.first;
    put_entries(cache, &text, sorted);
    for (size_t i = 0; i < cache->levels.count; i++)
        levels[i] = put_string(&text, cache->levels.items[i]);
    header.strings_size = (uint32_t)(text.at - text.first);
    header.extension = put_extension(cache, &text, levels);
    memcpy(bytes, &header, sizeof header);
    return text.at;
}

char *ldcache_bytes(struct ldcache *cache, size_t *size)
{
    size_t most = size_of(cache);
    cleanup_free char *bytes = most > INT32_MAX ? NULL : calloc(1, most);
    cleanup_free struct ldcache_entry **sorted =
        calloc(cache->count + 1, sizeof(void *));
    cleanup_free uint32_t *levels =
        calloc(cache->levels.count + 1, sizeof *levels);

    if (bytes == NULL || sorted == NULL || levels == NULL) {
        failed(ENOMEM, "can't make ld.so.cache");
        return NULL;
    }
    *size = write_all(cache, bytes, sorted, levels);
    return steal_ptr(&bytes);
}

void ldcache_free(struct ldcache *cache)
{
    for (size_t i = 0; i < cache->count; i++) {
        free(cache->entries[i].soname);
        free(cache->entries[i].path);
    }
    free(cache->entries);
    strlist_free(&cache->levels);
    *cache = (struct ldcache){ 0 };
}
