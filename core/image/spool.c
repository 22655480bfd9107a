// spool.c - an archive that is read in its place, though it is compressed.
// SPDX-License-Identifier: MIT
#include "core/image/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/fs.h"
#include "core/base/log.h"
#include "core/base/scope.h"
#include "core/image/ahead.h"
#include "core/image/path.h"
#include "core/image/tar_read.h"

enum {
    BLOCK = 512,       // of a tar archive
    NAME_SIZE = 100,   // in a header
    TYPE_OFFSET = 156, // ustar's typeflag
};

// Headers that say something about the one that follows: pax's and GNU's.
#define BEFORE_ANOTHER "xgLK"

static bool accepts(const char *block, ssize_t size,
                    bool (*accept)(const char *path))
{
    char name[NAME_SIZE + 1] = { 0 };
    char clean[PATH_MAX];

    if (size < BLOCK || block[0] == '\0')
        return false;
    if (block[TYPE_OFFSET] != '\0' &&
        strchr(BEFORE_ANOTHER, block[TYPE_OFFSET]) != NULL)
        return true; // members_read() sees the name
    memcpy(name, block, NAME_SIZE);
    if (path_clean(name, clean) == 0)
        return accept(clean);
    err_clear();
    return false;
}

static int make_file(void)
{
    const char *given = getenv("TMPDIR");
    const char *dirs[] = { given != NULL ? given : "/var/tmp", "/var/tmp",
                           "/tmp" };

    for (size_t i = 0; i < sizeof dirs / sizeof dirs[0]; i++) {
        int fd = open(dirs[i], O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

        if (fd < 0)
            continue;
        log_step("decompressing into a temporary file in %s", dirs[i]);
        return fd;
    }
    return failed(errno, "can't make a temporary file in %s: set $TMPDIR",
                  dirs[0]);
}

// "bytes" are those that were looked at already.
static int decompress(struct ahead *ahead, const void *bytes, ssize_t size)
{
    cleanup_close int file = make_file();

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
    char block[BLOCK];
    ssize_t size = pread(fd, block, sizeof block, 0);

    *other = !accepts(block, size, accept);
    if (*other)
        return -1;
    fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    return fd < 0 ? failed(errno, "can't read an archive") : fd;
}

int spool_open(int fd, bool (*accept)(const char *path), bool *other)
{
    struct ahead *ahead;
    const void *bytes = NULL;
    ssize_t size;
    int file = -1;

    *other = false;
    if (!tar_is_compressed(fd))
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
