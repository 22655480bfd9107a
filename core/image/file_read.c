// file_read.c - one file, and the bytes of any.
// SPDX-License-Identifier: MIT
#include "core/image/file_read.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/base/err.h"

enum {
    CHUNK = 64 << 10,       // bytes read at a time, on the stack
    SPARSE_FROM = 64 << 10, // bytes: holes of smaller files are not looked for
    BLOCK = 512,            // what st_blocks counts
};

struct file_reader {
    struct image_reader reader; // first: a reader is cast to this
    int fd;
    bool brought; // its entry
    struct stat st;
};

static int put_range(int fd, uint64_t at, uint64_t end, struct image_sink *sink)
{
    char bytes[CHUNK];

    while (at < end) {
        uint64_t rest = end - at;
        ssize_t n =
            pread(fd, bytes, rest < CHUNK ? (size_t)rest : CHUNK, (off_t)at);
        struct image_chunk chunk = { bytes, (size_t)n, at };

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n < 0 ? failed(errno, "can't read")
                         : failed(0, "it became shorter while it was read");
        if (sink->put(sink, &chunk) < 0)
            return -1;
        at += chunk.size;
    }
    return 0;
}

// Where the next data begin and end; false if there are none. File systems that
// don't know say that there are no holes.
static bool find_data(int fd, uint64_t *at, uint64_t *end)
{
    off_t from = lseek(fd, (off_t)*at, SEEK_DATA);
    off_t to;

    if (from < 0)
        return errno != ENXIO;
    to = lseek(fd, from, SEEK_HOLE);
    *at = (uint64_t)from;
    if (to > from && (uint64_t)to < *end)
        *end = (uint64_t)to;
    return true;
}

bool file_is_sparse(const struct stat *st)
{
    return st->st_size >= SPARSE_FROM &&
           (uint64_t)st->st_blocks * BLOCK < (uint64_t)st->st_size;
}

int file_read_part(int fd, bool sparse, const struct image_part *part,
                   struct image_sink *sink)
{
    uint64_t at = part->offset;
    uint64_t end = part->offset + part->size;
    int status = 0;

    while (status == 0 && at < end) {
        uint64_t stop = end;

        if (sparse && part->size >= SPARSE_FROM && !find_data(fd, &at, &stop))
            break;
        if (at >= end)
            break;
        if (part->where) {
            struct image_chunk chunk = { NULL, stop - at, at };

            status = sink->put(sink, &chunk);
        } else {
            status = put_range(fd, at, stop, sink);
        }
        at = stop;
    }
    return status;
}

static int file_next(struct image_reader *reader, struct image_entry *entry)
{
    struct file_reader *file = (struct file_reader *)reader;
    const struct stat *st = &file->st;

    if (file->brought)
        return 0;
    file->brought = true;
    *entry = (struct image_entry){ .path = "",
                                   .mode = st->st_mode,
                                   .uid = st->st_uid,
                                   .gid = st->st_gid,
                                   .mtime = st->st_mtim,
                                   .size = (uint64_t)st->st_size,
                                   .sparse = file_is_sparse(st) };
    return 1;
}

static int file_data(struct image_reader *reader, const struct image_part *part,
                     struct image_sink *sink)
{
    const struct file_reader *file = (struct file_reader *)reader;

    return file_read_part(file->fd, file_is_sparse(&file->st), part, sink);
}

static void file_close(struct image_reader *reader)
{
    free(reader);
}

static const struct image_reader_ops file_ops = { file_next, file_data,
                                                  file_close };

struct image_reader *image_read_file(int fd)
{
    struct file_reader *file = calloc(1, sizeof *file);

    if (file == NULL || fstat(fd, &file->st) < 0) {
        failed(errno, "can't read a file");
        free(file);
        return NULL;
    }
    file->reader = (struct image_reader){ .ops = &file_ops, .parts = true };
    file->fd = fd;
    return &file->reader;
}
