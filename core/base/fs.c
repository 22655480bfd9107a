// fs.c - files and directories: the few operations that everybody needs.
// SPDX-License-Identifier: MIT
#include "core/base/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/scope.h"
#include "core/base/str.h"

#ifndef SYS_openat2
#define SYS_openat2 437 // the same on every architecture
#endif

#define READ_STEP 4096 // bytes; the buffer grows by doubling

// Read to the end into *text, which is replaced as it grows. Its length, or
// -1 after failed().
static ssize_t read_all(int fd, const char *path, size_t max, char **text)
{
    size_t room = READ_STEP;
    size_t length = 0;

    for (;;) {
        char *more = realloc(*text, room + 1);
        ssize_t n;

        if (more == NULL)
            return failed(errno, "can't read %s", path);
        *text = more;
        n = read(fd, *text + length, room - length);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return failed(errno, "can't read %s", path);
        if (n == 0)
            return (ssize_t)length;
        length += (size_t)n;
        if (length > max)
            return failed(0, "can't read %s: longer than %zu bytes", path, max);
        if (length == room)
            room *= 2;
    }
}

char *fs_read(int dirfd, const char *path, size_t max, size_t *length)
{
    cleanup_close int fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC);
    cleanup_free char *text = NULL;
    ssize_t size;

    if (fd < 0) {
        failed(errno, "can't open %s", path);
        return NULL;
    }
    size = read_all(fd, path, max, &text);
    if (size < 0)
        return NULL;
    text[size] = '\0';
    if (length != NULL)
        *length = (size_t)size;
    return steal_ptr(&text);
}

int fs_poke(const char *path, const char *text)
{
    int fd = openat(AT_FDCWD, path, O_WRONLY | O_CLOEXEC);
    ssize_t n;
    int saved;

    if (fd < 0)
        return -1;
    n = write(fd, text, strlen(text));
    saved = errno;
    close(fd);
    errno = saved;
    return n < 0 ? -1 : 0;
}

int fs_write_all(int fd, const void *data, size_t size)
{
    const char *at = data;

    while (size > 0) {
        ssize_t n = write(fd, at, size);

        if (n < 0 && errno != EINTR)
            return -1;
        if (n > 0) {
            at += n;
            size -= (size_t)n;
        }
    }
    return 0;
}

int fs_open_in_root(int root, const char *path, int flags, mode_t mode)
{
    struct open_how how = { .flags = (uint64_t)(flags | O_CLOEXEC),
                            .mode = (flags & O_CREAT) != 0 ? mode : 0,
                            .resolve = RESOLVE_IN_ROOT };

    return (int)syscall(SYS_openat2, root, path, &how, sizeof how);
}

// The directory that is to hold the last part of "path", which is cut there.
static int open_parent(int root, char *path, const char **name)
{
    char *slash = strrchr(path, '/');

    if (slash == NULL) {
        *name = path;
        return fs_open_in_root(root, "/", O_PATH | O_DIRECTORY, 0);
    }
    *slash = '\0';
    *name = slash + 1;
    return fs_open_in_root(root, slash == path ? "/" : path,
                           O_PATH | O_DIRECTORY, 0);
}

static int make_one(int root, const char *path, mode_t mode)
{
    cleanup_free char *copy = strdup(path);
    cleanup_close int parent = -1;
    const char *name;

    if (copy == NULL)
        return -1;
    parent = open_parent(root, copy, &name);
    if (parent < 0)
        return -1;
    return mkdirat(parent, name, mode) < 0 && errno != EEXIST ? -1 : 0;
}

int fs_mkdirs_in_root(int root, const char *path, mode_t mode)
{
    cleanup_free char *part = strdup(path);

    if (part == NULL)
        return -1;
    for (size_t i = 1; i <= strlen(path); i++) {
        int fd;

        if (path[i] != '/' && path[i] != '\0')
            continue;
        part[i] = '\0';
        fd = fs_open_in_root(root, part, O_PATH | O_DIRECTORY, 0);
        if (fd >= 0)
            close(fd);
        else if (errno != ENOENT || make_one(root, part, mode) < 0)
            return -1;
        part[i] = path[i];
    }
    return 0;
}

bool fs_exists_in_root(int root, const char *path)
{
    int fd = fs_open_in_root(root, path, O_PATH, 0);

    if (fd < 0)
        return false;
    close(fd);
    return true;
}

char *fs_realpath(const char *path)
{
    char *resolved = realpath(path, NULL);

    if (resolved == NULL)
        failed(errno, "can't resolve %s", path);
    return resolved;
}

char *fs_readlink(int dirfd, const char *path)
{
    char target[PATH_MAX];
    ssize_t length = readlinkat(dirfd, path, target, sizeof target);

    if (length < 0)
        return NULL;
    if ((size_t)length == sizeof target) {
        errno = ENAMETOOLONG;
        return NULL;
    }
    return strndup(target, (size_t)length);
}
