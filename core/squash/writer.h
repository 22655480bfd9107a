// writer.h - a SquashFS image, written in one pass.
//
// Data are compressed and written while they come; what is known of the files
// is kept until all have come. The same entries in the same order make the same
// image, whatever the number of threads.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/squash/data.h"

struct squash_write_options {
    const char *method;  // "gzip", "xz", "lz4", "zstd"; NULL: zstd
    int level;           // 0: the method's own
    uint32_t block_size; // 4 KiB to 1 MiB, a power of 2; 0: 128 KiB
    unsigned threads;    // 0: as many as this process has CPUs
    // When it was made, in seconds since 1970; if it is not given, that of the
    // newest file: so the same files make the same image.
    bool has_time;
    uint32_t time;
};

struct squash_xattr_value {
    const char *name;
    const void *value;
    size_t size;
};

struct squash_new {
    mode_t mode; // type and permissions
    uid_t uid;
    gid_t gid;
    int64_t mtime; // seconds since 1970
    dev_t device;
    const char *target; // of a symbolic link
    uint64_t size;      // of a regular file
};

struct squash_writer;

// Write to a file that is empty; the descriptor stays the caller's. NULL after
// failed().
struct squash_writer *squash_writer_open(
    int fd, const struct squash_write_options *options);
void squash_writer_close(struct squash_writer *writer);

// Extended attributes of what is put next; those of a kind that the format does
// not know (ACLs) are left out. 0, or -1 after failed().
int squash_writer_xattr(struct squash_writer *writer,
                        const struct squash_xattr_value *xattr);

// Put what stands at the clean path. *file is where the data of a regular file
// belong (data.h), NULL if it has none. 0, or -1 after failed().
int squash_writer_put(struct squash_writer *writer, const char *path,
                      const struct squash_new *entry, struct data_file **file);

// A further name of a file.
int squash_writer_link(struct squash_writer *writer, const char *path,
                       const char *same_as);

// Where the data belong of the regular file that is at the path by now, links
// followed; NULL if there is none, or it is empty.
struct data_file *squash_writer_find(const struct squash_writer *writer,
                                     const char *path);

struct data *squash_writer_data(struct squash_writer *writer);

// All entries have come. 0, or -1 after failed(): then there is no image.
int squash_writer_finish(struct squash_writer *writer);
