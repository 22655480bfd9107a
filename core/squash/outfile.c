// outfile.c - the file that an image is written to.
// SPDX-License-Identifier: MIT
#include "core/squash/outfile.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <sqfs/error.h>

#include "core/base/err.h"

static int write_all(struct outfile *outfile, uint64_t offset,
                     const void *bytes, size_t size)
{
    const char *at = bytes;

    while (size > 0) {
        ssize_t n = pwrite(outfile->fd, at, size, (off_t)offset);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        at += n;
        offset += (uint64_t)n;
        size -= (size_t)n;
    }
    return 0;
}

static int file_write_at(sqfs_file_t *file, sqfs_u64 offset, const void *bytes,
                         size_t size)
{
    struct outfile *outfile = (struct outfile *)file;

    if (write_all(outfile, offset, bytes, size) < 0) {
        outfile->error = errno;
        return SQFS_ERROR_IO;
    }
    if (offset + size > outfile->position)
        outfile->position = offset + size;
    return 0;
}

static sqfs_u64 file_get_size(const sqfs_file_t *file)
{
    return ((const struct outfile *)file)->position;
}

static int file_read_at(sqfs_file_t *file, sqfs_u64 offset, void *bytes,
                        size_t size)
{
    (void)file, (void)offset, (void)bytes, (void)size;
    return SQFS_ERROR_UNSUPPORTED;
}

static int file_truncate(sqfs_file_t *file, sqfs_u64 size)
{
    ((struct outfile *)file)->position = size;
    return 0;
}

static int write_failed(int error)
{
    return failed(error, "can't write the image");
}

void outfile_init(struct outfile *outfile, int fd)
{
    *outfile = (struct outfile){ .file = { .read_at = file_read_at,
                                           .write_at = file_write_at,
                                           .get_size = file_get_size,
                                           .truncate = file_truncate },
                                 .fd = fd };
}

int outfile_add(struct outfile *outfile, const void *bytes, size_t size)
{
    if (write_all(outfile, outfile->position, bytes, size) < 0)
        return write_failed(errno);
    outfile->position += size;
    return 0;
}

int outfile_end(struct outfile *outfile, size_t unit)
{
    static const char zeros[4096];
    size_t over = outfile->position % unit;

    for (size_t rest = over > 0 ? unit - over : 0; rest > 0;) {
        size_t part = rest < sizeof zeros ? rest : sizeof zeros;

        if (outfile_add(outfile, zeros, part) < 0)
            return -1;
        rest -= part;
    }
    if (ftruncate(outfile->fd, (off_t)outfile->position) < 0)
        return write_failed(errno);
    return 0;
}

int outfile_failed(const struct outfile *outfile, int status, const char *what)
{
    if (outfile->error != 0)
        return write_failed(outfile->error);
    if (status == SQFS_ERROR_ALLOC)
        return failed(ENOMEM, "can't write %s", what);
    if (status == SQFS_ERROR_OVERFLOW)
        return failed(0, "can't write %s: too many for a SquashFS image", what);
    return failed(0, "can't write %s (error %d of libsquashfs)", what, -status);
}
