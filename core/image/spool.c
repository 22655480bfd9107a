// spool.c - an archive that is read in its place, though it is compressed.
// SPDX-License-Identifier: MIT
#include "core/image/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/fs.h"
#include "core/base/log.h"
#include "core/base/scope.h"
#include "core/image/ahead.h"
#include "core/image/path.h"
#include "core/image/tar_read.h"

enum {
    BEGIN = 16 << 10,  // bytes that are looked at
    BLOCK = 512,       // of a tar archive
    NAME_SIZE = 100,   // in a header
    SIZE_OFFSET = 124, // octal digits
    SIZE_SIZE = 12,
    TYPE_OFFSET = 156, // ustar's typeflag
};

// Headers that say something about the one that follows: pax's and GNU's.
#define BEFORE_ANOTHER "xgLK"

// The bytes of a member behind its header, in whole blocks. What is larger than
// all that is looked at need not be told exactly.
static size_t blocks_of(const char *header)
{
    char text[SIZE_SIZE + 1] = { 0 };
    unsigned long size;

    memcpy(text, header + SIZE_OFFSET, SIZE_SIZE);
    size = strtoul(text, NULL, 8);
    return (size + BLOCK - 1) / BLOCK * BLOCK;
}

static bool accepts_header(const char *header, bool (*accept)(const char *path))
{
    char name[NAME_SIZE + 1] = { 0 };
    char clean[PATH_MAX];

    memcpy(name, header, NAME_SIZE);
    if (path_clean(name, clean) == 0)
        return accept(clean);
    err_clear();
    return false;
}

// The first member that has a name decides: "./" often comes before it.
static bool accepts(const char *bytes, ssize_t size,
                    bool (*accept)(const char *path))
{
    size_t left = size > 0 ? (size_t)size : 0;

    while (left >= BLOCK && bytes[0] != '\0') {
        size_t step = BLOCK + blocks_of(bytes);
        bool is_before = strchr(BEFORE_ANOTHER, bytes[TYPE_OFFSET]) != NULL &&
                         bytes[TYPE_OFFSET] != '\0';

        if (!is_before && strcmp(bytes, "./") != 0)
            return accepts_header(bytes, accept);
        if (step > left)
            break;
        bytes += step;
        left -= step;
    }
    return false;
}

// "bytes" are those that were looked at already.
static int decompress(struct ahead *ahead, const void *bytes, ssize_t size)
{
    cleanup_close int file = spool_file();

    if (file < 0)
        return -1;
    for (; size > 0; size = ahead_next(ahead, &bytes))
        if (fs_write_all(file, bytes, (size_t)size) < 0)
            return failed(errno, "can't write a temporary file: set $TMPDIR "
                                 "to where there is room");
    return size < 0 ? -1 : steal_fd(&file);
}

static int open_plain(int fd, bool (*accept)(const char *path), bool *other)
{
    char begin[BEGIN];
    ssize_t size = pread(fd, begin, sizeof begin, 0);

    *other = !accepts(begin, size, accept);
    if (*other)
        return -1;
    fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    return fd < 0 ? failed(errno, "can't read an archive") : fd;
}

int spool_file(void)
{
    const char *given = getenv("TMPDIR");
    const char *dirs[] = { given != NULL ? given : "/var/tmp", "/var/tmp",
                           "/tmp" };

    for (size_t i = 0; i < sizeof dirs / sizeof dirs[0]; i++) {
        int fd = open(dirs[i], O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

        if (fd < 0)
            continue;
        log_step("a temporary file in %s", dirs[i]);
        return fd;
    }
    return failed(errno, "can't make a temporary file in %s: set $TMPDIR",
                  dirs[0]);
}

int spool_peek(int pipe)
{
    cleanup_close int file = memfd_create("begin", MFD_CLOEXEC);
    char bytes[BEGIN] = { 0 };
    int ends[2];
    ssize_t size;

    if (file < 0 || pipe2(ends, O_CLOEXEC) < 0)
        return -1;
    size = tee(pipe, ends[1], sizeof bytes, 0);
    if (size > 0)
        size = read(ends[0], bytes, (size_t)size);
    close(ends[0]);
    close(ends[1]);
    if (size <= 0 || pwrite(file, bytes, (size_t)size, 0) != size)
        return -1;
    return steal_fd(&file);
}

bool spool_may_be(int fd, bool (*accept)(const char *path))
{
    char begin[BEGIN];
    ssize_t size = ahead_first(fd, begin, sizeof begin);
    bool accepted = size > 0 && accepts(begin, size, accept);

    err_clear();
    return lseek(fd, 0, SEEK_SET) == 0 && accepted;
}

int spool_open(int fd, bool (*accept)(const char *path), bool *other)
{
    struct ahead *ahead;
    const void *bytes = NULL;
    ssize_t size;
    int file = -1;

    *other = false;
    if (lseek(fd, 0, SEEK_CUR) >= 0 && !tar_is_compressed(fd))
        return open_plain(fd, accept, other);
    ahead = ahead_open(fd);
    if (ahead == NULL)
        return -1;
    size = ahead_next(ahead, &bytes);
    if (size < 0 || !accepts(bytes, size, accept)) {
        err_clear(); // whoever reads it as something else will tell
        *other = true;
    } else {
        file = decompress(ahead, bytes, size);
    }
    ahead_close(ahead);
    if (lseek(fd, 0, SEEK_SET) < 0 && file >= 0)
        log_why("the archive can't be read again");
    return file;
}
