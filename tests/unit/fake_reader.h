// fake_reader.h - a reader of entries that a test has in an array, as one of
// its data are: bytes of a number.
// SPDX-License-Identifier: MIT
#pragma once

#include "core/image/stream.h"

struct fake_reader {
    struct image_reader reader;
    const struct image_entry *entries;
    size_t count, next;
};

static int fake_next(struct image_reader *reader, struct image_entry *entry)
{
    struct fake_reader *fake = (struct fake_reader *)reader;

    if (fake->next == fake->count)
        return 0;
    *entry = fake->entries[fake->next++];
    return 1;
}

static int fake_data(struct image_reader *reader, const struct image_part *part,
                     struct image_sink *sink)
{
    static const char bytes[100];
    struct image_chunk chunk = { bytes, sizeof bytes, part->offset };

    return sink->put(sink, &chunk);
}

static void fake_close(struct image_reader *reader)
{
}

static const struct image_reader_ops fake_ops = { fake_next, fake_data,
                                                  fake_close };

#define FAKE(array)                                  \
    {                                                \
        .reader.ops = &fake_ops, .entries = (array), \
        .count = sizeof(array) / sizeof *(array)     \
    }

#define DIR_ENTRY(name)                        \
    {                                          \
        .path = (name), .mode = S_IFDIR | 0755 \
    }
#define FILE_ENTRY(name)                                  \
    {                                                     \
        .path = (name), .mode = S_IFREG | 0644, .size = 1 \
    }
