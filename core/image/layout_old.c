// layout_old.c - an OCI layout that gets an image more.
// SPDX-License-Identifier: MIT
#include "core/image/layout_old.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/fs.h"
#include "core/base/scope.h"
#include "core/image/layout.h"
#include "core/image/manifest.h"
#include "core/image/manifest_write.h"

#define COPY_SIZE (1 << 20) // bytes

static int open_layout(const char *path)
{
    cleanup_close int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    return dir >= 0 && layout_kind(dir) == LAYOUT_OCI ? steal_fd(&dir) : -1;
}

static struct json *read_index(int dir)
{
    cleanup_blobs struct blobs *blobs = blobs_open_dir(dir);

    return blobs == NULL ? NULL : manifest_json(blobs, "index.json", NULL);
}

bool layout_old_has(const char *path, const char *tag)
{
    cleanup_close int dir = open_layout(path);
    cleanup_json struct json *index = dir >= 0 ? read_index(dir) : NULL;

    err_clear();
    return index != NULL && manifest_index_has(index, tag);
}

static int copy(int from, int to)
{
    char *buffer = malloc(COPY_SIZE);
    ssize_t n = buffer == NULL ? -1 : 1;

    while (n > 0) {
        n = read(from, buffer, COPY_SIZE);
        if (n > 0 && fs_write_all(to, buffer, (size_t)n) < 0)
            n = -1;
    }
    free(buffer);
    return (int)n;
}

// Where there can be no further names. 0, or -1 with errno.
static int copy_file(int from_dir, int to_dir, const char *name)
{
    cleanup_close int from =
        openat(from_dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    cleanup_close int to =
        from < 0 ? -1
                 : openat(to_dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
                          0666);

    return to < 0 ? -1 : copy(from, to);
}

static int take_file(int from, int to, const char *name)
{
    struct stat st;

    if (fstatat(from, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return -1;
    if (!S_ISREG(st.st_mode) || linkat(from, name, to, name, 0) == 0 ||
        errno == EEXIST)
        return 0;
    return copy_file(from, to, name);
}

static DIR *open_dir(int at, const char *name)
{
    int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;

    if (dir == NULL && fd >= 0)
        close(fd);
    return dir;
}

// The blobs of one algorithm.
static int take_files(int from, int to, const char *name)
{
    DIR *dir = open_dir(from, name);
    const struct dirent *entry;
    cleanup_close int into = -1;
    int status = 0;

    if (dir == NULL)
        return errno == ENOENT ? 0 : -1;
    if (mkdirat(to, name, 0777) < 0 && errno != EEXIST)
        status = -1;
    into = openat(to, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (into < 0)
        status = -1;
    while (status == 0 && (entry = readdir(dir)) != NULL)
        if (entry->d_name[0] != '.')
            status = take_file(dirfd(dir), into, entry->d_name);
    closedir(dir);
    return status;
}

int layout_old_take(const char *path, int dir, struct json **index)
{
    static const char *const names[] = { "blobs/sha256", "blobs/sha512" };
    cleanup_close int old = open_layout(path);

    *index = NULL;
    if (old < 0)
        return 0;
    *index = read_index(old);
    if (*index == NULL)
        return failed_while("can't add an image to %s", path);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (take_files(old, dir, names[i]) < 0)
            return failed(errno, "can't keep the images of %s", path);
    return 0;
}
