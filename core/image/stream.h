// stream.h - a tree of files on its way from one form into another.
//
// A reader brings entries one by one, a writer takes them, and one loop
// (copy.h) stands between the two: so N readers and M writers are N + M pieces
// of code. Nothing of the tree is kept by the stream itself; each entry is
// borrowed until the next is asked for.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

struct image_xattr {
    const char *name;
    const void *value;
    size_t size;
};

struct image_entry {
    const char *path;    // clean, see path.h; "" is the root directory
    const char *same_as; // clean path of the earlier entry that this is a
                         // further name of (a hard link), or NULL; then the
                         // fields below say nothing
    const char *target;  // of a symbolic link
    mode_t mode;         // type and permissions
    uid_t uid;
    gid_t gid;
    dev_t device; // of a device file
    struct timespec mtime;
    uint64_t size; // of a regular file, holes included
    bool sparse;   // there are holes, and "where" tells them at little cost
    const struct image_xattr *xattrs;
    size_t xattr_count;
    uint64_t
        id; // what a reader with "parts" knows the file by. The three highest
            // bits are for streams around others, which tell by them whose
            // file it is: 61 kept.c, 62 bundle_read.c, 63 add.c
};

// Bytes of a regular file. Between chunks, and behind the last, are holes.
struct image_chunk {
    const void *bytes;
    size_t size;
    uint64_t offset; // in the file
};

// Where chunks go, in the order of their offsets; the first member of a struct
// of the receiver's. 0, or -1 after failed().
struct image_sink {
    int (*put)(struct image_sink *sink, const struct image_chunk *chunk);
};

struct image_part {
    uint64_t id; // of the file, see image_entry
    uint64_t offset;
    uint64_t size;
    bool where; // only where data are is asked; "bytes" may be NULL then
};

struct image_reader {
    const struct image_reader_ops *ops;
    bool parts; // data() gives any part of any file, to any thread, at any
                // time; else all of the current entry's, once
};

struct image_reader_ops {
    // The next entry: 1; 0 at the end; -1 after failed().
    int (*next)(struct image_reader *reader, struct image_entry *entry);
    // Bring data to the sink. 0, or -1 after failed().
    int (*data)(struct image_reader *reader, const struct image_part *part,
                struct image_sink *sink);
    void (*close)(struct image_reader *reader);
};

struct image_writer {
    const struct image_writer_ops *ops;
};

struct image_writer_ops {
    // Take an entry; the data of a regular file come from the reader. 0, or -1
    // after failed().
    int (*put)(struct image_writer *writer, const struct image_entry *entry,
               struct image_reader *reader);
    // No entry comes any more: complete what was written. 0, or -1 after
    // failed().
    int (*finish)(struct image_writer *writer);
    void (*close)(struct image_writer *writer);
};

static inline void image_reader_close(struct image_reader **reader)
{
    if (*reader != NULL)
        (*reader)->ops->close(*reader);
    *reader = NULL;
}

static inline void image_writer_close(struct image_writer **writer)
{
    if (*writer != NULL)
        (*writer)->ops->close(*writer);
    *writer = NULL;
}

#define cleanup_reader __attribute__((cleanup(image_reader_close)))
#define cleanup_writer __attribute__((cleanup(image_writer_close)))
