// fs.c - files and directories: the few operations that everybody needs.
// SPDX-License-Identifier: MIT
#include "core/base/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/scope.h"

#define FEW 2048                // bytes; most files of /etc and /proc fit
#define MORE 32768              // bytes read at a time of those that do not
#define LINK_MAX_SIZE (1 << 16) // bytes of a symbolic link's target

static ssize_t read_on(int fd, char *into, size_t size)
{
    ssize_t n;

    do
        n = read(fd, into, size);
    while (n < 0 && errno == EINTR);
    return n;
}

// Room for so many bytes and an end. 0, or -1 with errno.
static int make_room(char **text, size_t size)
{
    char *more = realloc(*text, size + 1);

    if (more == NULL)
        return -1;
    *text = more;
    return 0;
}

// Read to the end into *text, which grows. By way of the stack at first: the
// few lines that most files have would else cost pages from the kernel. 0, or
// -1 with errno; EFBIG when there is more than "max".
static int read_all(int fd, size_t max, char **text, size_t *length)
{
    char few[FEW];
    ssize_t n;

    *length = 0;
    do {
        bool is_long = *length >= sizeof few;

        if (is_long && make_room(text, *length + MORE) < 0)
            return -1;
        n = is_long ? read_on(fd, *text + *length, MORE)
                    : read_on(fd, few, sizeof few);
        if (n < 0 || (!is_long && make_room(text, *length + (size_t)n) < 0))
            return -1;
        if (!is_long)
            memcpy(*text + *length, few, (size_t)n);
        *length += (size_t)n;
        if (*length > max) {
            errno = EFBIG;
            return -1;
        }
    } while (n != 0);
    (*text)[*length] = '\0';
    return 0;
}

static char *read_file(int fd, const char *path, size_t max, size_t *length)
{
    cleanup_free char *text = NULL;
    size_t size;

    if (read_all(fd, max, &text, &size) < 0) {
        if (errno == EFBIG)
            failed(0, "can't read %s: longer than %zu bytes", path, max);
        else
            failed(errno, "can't read %s", path);
        return NULL;
    }
    if (length != NULL)
        *length = size;
    return steal_ptr(&text);
}

char *fs_read(int dirfd, const char *path, size_t max, size_t *length)
{
    cleanup_close int fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

    if (fd < 0) {
        failed(errno, "can't open: %s", path);
        return NULL;
    }
    return read_file(fd, path, max, length);
}

char *fs_read_regular(int dirfd, const char *path, size_t max, size_t *length)
{
    cleanup_close int fd =
        openat(dirfd, path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    struct stat st;

    if (fd < 0 || fstat(fd, &st) < 0) {
        failed(errno, "can't open: %s", path);
        return NULL;
    }
    if (!S_ISREG(st.st_mode)) {
        failed(0, "can't read %s: not a regular file", path);
        return NULL;
    }
    return read_file(fd, path, max, length);
}

int fs_poke(const char *path, const char *text)
{
    size_t size = strlen(text);
    // openat(2): musl's open(2) sets close-on-exec in a second call
    int fd = openat(AT_FDCWD, path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
    ssize_t n;
    int errnum;

    if (fd < 0)
        return -1;
    n = write(fd, text, size);
    errnum = n < 0 ? errno : EIO;
    close(fd);
    errno = errnum;
    return n == (ssize_t)size ? 0 : -1;
}

int fs_write_all(int fd, const void *data, size_t size)
{
    const char *at = data;

    while (size > 0) {
        ssize_t n = write(fd, at, size);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        at += n;
        size -= (size_t)n;
    }
    return 0;
}

char *fs_realpath(const char *path)
{
    char *resolved = realpath(path, NULL);

    if (resolved == NULL)
        failed(errno, "can't resolve %s", path);
    return resolved;
}

const char *fs_fd_path(char path[FS_FD_PATH], int fd)
{
    snprintf(path, FS_FD_PATH, "/proc/self/fd/%d", fd);
    return path;
}

char *fs_readlink(int dirfd, const char *path)
{
    for (size_t room = 256; room <= LINK_MAX_SIZE; room *= 4) {
        char *target = malloc(room);
        ssize_t n = target ? readlinkat(dirfd, path, target, room) : -1;

        if (n >= 0 && (size_t)n < room) {
            target[n] = '\0';
            return target;
        }
        free(target); // keeps errno: musl, and glibc since 2.33
        if (n < 0)
            return NULL;
    }
    errno = ENAMETOOLONG;
    return NULL;
}
