// squash_write.h - trees of a test's own, written as SquashFS images and read
// back.
// SPDX-License-Identifier: MIT
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/image/copy.h"
#include "core/image/squash_read.h"
#include "core/image/squash_write.h"

#define BLOCK (128U << 10)
#define COUNT(a) (sizeof(a) / sizeof *(a))

// Entries of an array. The data of a file are made from its id; those of id 0
// are a hole.
struct fake {
    struct image_reader reader;
    const struct image_entry *entries;
    size_t count, next;
    uint64_t current; // id
    uint64_t broken;  // the file of this id can't be read
};

static inline uint8_t byte_of(uint64_t id, uint64_t offset)
{
    uint64_t word = (offset / 16 + id * 977) * 0x9e3779b97f4a7c15ULL;

    return id == 0 ? 0 : (uint8_t)(word >> 56 & 0x3f);
}

static inline int fake_next(struct image_reader *reader,
                            struct image_entry *entry)
{
    struct fake *fake = (struct fake *)reader;

    if (fake->next == fake->count)
        return 0;
    *entry = fake->entries[fake->next++];
    return 1;
}

static inline int fake_data(struct image_reader *reader,
                            const struct image_part *part,
                            struct image_sink *sink)
{
    const struct fake *fake = (struct fake *)reader;
    uint8_t bytes[50000];

    if (part->id == fake->broken)
        return failed(EIO, "can't read it");
    if (part->id == 0) // all of it is a hole
        return 0;
    for (uint64_t done = 0; done < part->size;) {
        uint64_t rest = part->size - done, at = part->offset + done;
        struct image_chunk chunk = { bytes,
                                     rest < sizeof bytes ? rest : sizeof bytes,
                                     at };

        for (size_t i = 0; i < chunk.size; i++)
            bytes[i] = byte_of(part->id, at + i);
        if (sink->put(sink, &chunk) < 0)
            return -1;
        done += chunk.size;
    }
    return 0;
}

static inline void fake_close(struct image_reader *reader)
{
}

static const struct image_reader_ops fake_ops = { fake_next, fake_data,
                                                  fake_close };

static inline struct fake fake_of(const struct image_entry *entries,
                                  size_t count)
{
    return (struct fake){ .reader = { .ops = &fake_ops, .parts = true },
                          .entries = entries,
                          .count = count,
                          .broken = UINT64_MAX };
}

static inline int new_file(void)
{
    int fd = memfd_create("image", MFD_CLOEXEC);

    assert_true(fd >= 0);
    return fd;
}

static inline int write_to(int fd, struct fake *fake,
                           const struct squash_write_options *options)
{
    struct image_writer *writer = image_write_squash(fd, options, NULL);
    struct copied copied;
    int status;

    if (writer == NULL)
        return -1;
    status = image_copy(&fake->reader, writer, COPY_NO_DEVICES, &copied);
    image_writer_close(&writer);
    return status;
}

static inline int write_image(const struct image_entry *entries, size_t count,
                              const struct squash_write_options *options)
{
    struct fake fake = fake_of(entries, count);
    int fd = new_file();

    if (write_to(fd, &fake, options) < 0)
        fail_msg("%s", err_text());
    return fd;
}

static inline off_t size_of(int fd)
{
    struct stat st;

    assert_int_equal(fstat(fd, &st), 0);
    return st.st_size;
}

// Compares chunks with what the file of this id has.
struct check {
    struct image_sink sink;
    uint64_t id;
    uint64_t bytes; // that are not in holes
};

static inline int check_chunk(struct image_sink *sink,
                              const struct image_chunk *chunk)
{
    struct check *check = (struct check *)sink;
    const uint8_t *bytes = chunk->bytes;

    for (size_t i = 0; i < chunk->size; i++)
        if (bytes[i] != byte_of(check->id, chunk->offset + i))
            return failed(0, "byte %ju of %ju is wrong",
                          (uintmax_t)(chunk->offset + i), (uintmax_t)check->id);
    check->bytes += chunk->size;
    return 0;
}

// The entry at the path, with its data checked against those of "id". The
// pointers in it are valid no more.
static inline struct image_entry look(int fd, const char *path, uint64_t id)
{
    struct image_reader *reader = image_read_squash(fd, 0, "image", NULL);
    struct image_entry entry;
    bool found = false;

    assert_non_null(reader);
    while (!found && reader->ops->next(reader, &entry) > 0)
        found = strcmp(entry.path, path) == 0;
    if (!found)
        fail_msg("no %s", path);
    if (S_ISREG(entry.mode)) {
        struct image_part all = { .id = entry.id, .size = entry.size };
        struct check check = { { check_chunk }, id, 0 };

        if (reader->ops->data(reader, &all, &check.sink) < 0)
            fail_msg("%s: %s", path, err_text());
        if (id != 0)
            assert_int_equal(check.bytes, entry.size);
    }
    image_reader_close(&reader);
    return entry;
}

static inline unsigned count_entries(int fd)
{
    struct image_reader *reader = image_read_squash(fd, 0, "image", NULL);
    struct image_entry entry;
    unsigned count = 0;

    assert_non_null(reader);
    while (reader->ops->next(reader, &entry) > 0)
        count++;
    image_reader_close(&reader);
    return count;
}

static inline void assert_same_bytes(int a, int b)
{
    off_t size = size_of(a);
    void *one, *other;

    assert_int_equal(size_of(b), size);
    one = mmap(NULL, (size_t)size, PROT_READ, MAP_SHARED, a, 0);
    other = mmap(NULL, (size_t)size, PROT_READ, MAP_SHARED, b, 0);
    assert_memory_equal(one, other, (size_t)size);
    munmap(one, (size_t)size);
    munmap(other, (size_t)size);
}

#define DIRECTORY(name)                                          \
    {                                                            \
        .path = name, .mode = S_IFDIR | 0755, .mtime.tv_sec = 77 \
    }
#define REGULAR(name, bytes, number)                                \
    {                                                               \
        .path = name, .mode = S_IFREG | 0644, .mtime.tv_sec = 1234, \
        .size = bytes, .id = number                                 \
    }

// Names and ids of many files of all sizes, some of them equal.
enum { MANY = 2000 };
static char names[MANY][16];
static struct image_entry many[MANY];

static inline void make_many(void)
{
    for (unsigned i = 0; i < MANY; i++) {
        snprintf(names[i], sizeof names[i], "%u/%u", i % 17, i);
        many[i] = (struct image_entry){ .path = names[i],
                                        .mode = S_IFREG | 0644,
                                        .size = i * 7919UL % 6000,
                                        .id = i % 800 };
        if (i % 100 == 0)
            many[i].size *= 100;
    }
}

// A reader without "parts" gives what the current entry has.
static inline int stream_next(struct image_reader *reader,
                              struct image_entry *entry)
{
    struct fake *fake = (struct fake *)reader;
    int more = fake_next(reader, entry);

    if (more > 0) {
        fake->current = entry->id;
        entry->id = 99999;
    }
    return more;
}

static inline int stream_data(struct image_reader *reader,
                              const struct image_part *part,
                              struct image_sink *sink)
{
    const struct fake *fake = (struct fake *)reader;
    struct image_part current = { .id = fake->current, .size = part->size };

    return fake_data(reader, &current, sink);
}

static const struct image_reader_ops stream_ops = { stream_next, stream_data,
                                                    fake_close };
