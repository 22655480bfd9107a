// contents.h - the data of all files of an image, read by several threads and
// told in order.
//
// What comes as a stream is read at once, by the caller's thread; what can be
// asked for in parts by a crew (core/squash/crew.h). So the same is told in the
// same order, however many threads there are.
// SPDX-License-Identifier: MIT
#pragma once

#include "core/image/content.h"
#include "core/image/stream.h"

// A file that was read.
struct contents_file {
    const char *path;
    size_t number;     // the caller's
    const char *error; // it can't be read; NULL: it could
    uint64_t bytes;    // that are not in holes
    uint8_t digest[CONTENT_DIGEST];
};

// Who is told, of one file at a time, by any thread; the first member of a
// struct of the caller's. 0, or -1 after failed(): then nothing more is read.
struct contents_sink {
    int (*put)(struct contents_sink *sink, const struct contents_file *file);
};

struct contents;

// NULL after failed().
struct contents *contents_new(struct image_reader *reader, bool digests,
                              struct contents_sink *sink);

// Read the data of a regular file, which is the reader's current entry. 0, or
// -1 after failed().
int contents_put(struct contents *contents, const struct image_entry *entry,
                 size_t number);

// Wait until all were told. 0, or -1 after failed().
int contents_finish(struct contents *contents);
void contents_free(struct contents *contents);
