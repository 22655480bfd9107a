// output.c - an image that appears whole, or not at all.
//
// A directory that is to be replaced is exchanged for the new one in a single
// step, and removed after: so there is no moment without an image, and what is
// left if we are killed meanwhile is an orphan like others.
// SPDX-License-Identifier: MIT
#include "core/image/output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/errno_text.h"
#include "core/base/fs.h"
#include "core/base/log.h"
#include "core/base/scope.h"
#include "core/base/stop.h"
#include "core/base/str.h"
#include "core/image/orphan.h"
#include "core/image/tree.h"

#ifndef RENAME_EXCHANGE
#define RENAME_EXCHANGE (1 << 1) // linux/fs.h
#endif

enum {
    TRIES = 100,        // names for what is being written
    LOCK_NS = 20000000, // between two looks at a lock
};

static int check_directory(const struct output *output)
{
    cleanup_close int dir =
        openat(output->parent, output->name,
               O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

    if (dir < 0)
        return failed(errno, "can't open %s", output->path);
    if (tree_is_empty(dir))
        return 0;
    if (output->replaceable == NULL || !output->replaceable(dir))
        return failed(0,
                      "exists but does not appear to be an image and is not "
                      "empty: %s",
                      output->path);
    if (output->no_clobber)
        return failed(0, "exists, not deleting per --no-clobber: %s",
                      output->path);
    return 0;
}

// May what is there give way?
static int check_existing(struct output *output)
{
    struct stat st;

    output->replaces = false;
    if (fstatat(output->parent, output->name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return errno == ENOENT
                   ? 0
                   : failed(errno, "can't look at %s", output->path);
    output->replaces = true;
    if (output->directory && S_ISDIR(st.st_mode))
        return check_directory(output);
    if (output->directory)
        return failed(0, "exists but not a directory: %s", output->path);
    if (S_ISDIR(st.st_mode))
        return failed(0, "is a directory, not replaced by a file: %s",
                      output->path);
    if (!S_ISREG(st.st_mode))
        return failed(0, "exists but not a regular file: %s", output->path);
    if (output->no_clobber)
        return failed(0, "exists, not deleting per --no-clobber: %s",
                      output->path);
    return 0;
}

// What is there, or else the name as it is; without slashes at its end.
static char *resolve(const char *path)
{
    struct stat st;
    size_t length = strlen(path);

    if (stat(path, &st) == 0)
        return fs_realpath(path);
    while (length > 1 && path[length - 1] == '/')
        length--;
    return str_ndup(path, length);
}

static int find_place(struct output *output)
{
    cleanup_free char *path = resolve(output->path);
    char *slash = path != NULL ? strrchr(path, '/') : NULL;
    const char *parent = ".", *name = path;

    if (path == NULL)
        return -1;
    if (slash != NULL) {
        name = slash + 1;
        parent = slash == path ? "/" : path;
        *slash = '\0';
    }
    if (name[0] == '\0' || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
        return failed(0, "not a name for an output: \"%s\"", output->path);
    if (strlen(name) > NAME_MAX)
        return failed(ENAMETOOLONG, "can't make %.200s...", name);
    snprintf(output->name, sizeof output->name, "%s", name);
    output->parent = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (output->parent < 0)
        return errno == ENOENT || errno == ENOTDIR
                   ? failed(0, "not a directory: %s", parent)
                   : failed(errno, "can't open %s", parent);
    return 0;
}

static void close_place(struct output *output)
{
    if (output->fd >= 0)
        close(output->fd);
    if (output->parent >= 0)
        close(output->parent);
    output->fd = output->parent = -1;
}

int output_check(struct output *output)
{
    int status;

    output->fd = output->parent = -1;
    output->part[0] = '\0';
    status = find_place(output) < 0 ? -1 : check_existing(output);
    close_place(output);
    return status;
}

static int make(const struct output *output)
{
    int fd, saved;

    if (!output->directory)
        return openat(output->parent, output->part,
                      O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
    if (mkdirat(output->parent, output->part, 0700) < 0)
        return -1;
    fd = openat(output->parent, output->part,
                O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    saved = errno;
    if (fd < 0 && unlinkat(output->parent, output->part, AT_REMOVEDIR) < 0)
        log_warn("can't remove %s: %s", output->part, errno_text(errno));
    errno = saved;
    return fd;
}

static int make_part(struct output *output)
{
    for (unsigned again = 0; again < TRIES; again++) {
        orphan_name(output->part, sizeof output->part, output->name, again);
        output->fd = make(output);
        // a new directory may be taken for an orphan before it is open
        if (output->fd < 0 && errno != EEXIST && errno != ENOENT)
            break;
        if (output->fd >= 0 &&
            orphan_lock(output->fd, output->parent, output->part) == 0)
            return 0;
        if (output->fd >= 0)
            close(output->fd); // somebody removes it
    }
    output->part[0] = '\0';
    return failed(errno, "can't make %s", output->path);
}

int output_open(struct output *output)
{
    output->fd = output->parent = -1;
    output->part[0] = '\0';
    if (find_place(output) < 0 || check_existing(output) < 0) {
        close_place(output);
        return -1;
    }
    if (orphan_remove(output->parent, output->name) < 0)
        log_why("can't look for orphans beside %s: %s", output->path,
                errno_text(errno));
    if (make_part(output) == 0)
        return 0;
    close_place(output);
    return -1;
}

// By turns of its own, as a signal may come just before flock(2) would wait.
int output_lock(int parent, const char *path)
{
    bool told = false;

    while (flock(parent, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK) {
        if (!told)
            log_line(LOG_WARN, "waiting for another who adds to %s", path);
        told = true;
        if (stop_check() < 0)
            return -1;
        nanosleep(&(struct timespec){ .tv_nsec = LOCK_NS }, NULL);
    }
    return 0;
}

uint64_t output_free(const struct output *output)
{
    struct statvfs st;

    if (fstatvfs(output->fd, &st) < 0)
        return 0;
    return (uint64_t)st.f_bavail * st.f_frsize;
}

// The image that was there has the name of the part now.
static void remove_old(struct output *output)
{
    log_step("removing the image that was there");
    if (tree_remove(output->parent, output->part) < 0)
        log_warn("can't remove the old image: %s: %s", output->part,
                 errno_text(errno));
}

// Where the file system can't exchange: there is a moment without an image.
static int replace_in_turn(struct output *output)
{
    char old[NAME_MAX + 1];

    orphan_name(old, sizeof old, output->name, TRIES);
    if (renameat(output->parent, output->name, output->parent, old) < 0)
        return -1;
    if (renameat(output->parent, output->part, output->parent, output->name) <
        0) {
        int saved = errno;

        if (renameat(output->parent, old, output->parent, output->name) < 0)
            log_warn("the old image is now called %s", old);
        errno = saved;
        return -1;
    }
    memcpy(output->part, old, sizeof old);
    remove_old(output);
    return 0;
}

// musl 1.2.5 has no function for it.
static int exchange(int dir, const char *one, const char *other)
{
    return (int)syscall(SYS_renameat2, dir, one, dir, other, RENAME_EXCHANGE);
}

static int put_in_place(struct output *output)
{
    int dir = output->parent;

    // an empty directory is replaced by rename(2) itself, as a file is
    if (renameat(dir, output->part, dir, output->name) == 0)
        return 0;
    if (!output->directory || output->no_clobber ||
        (errno != ENOTEMPTY && errno != EEXIST))
        return -1;
    if (exchange(dir, output->part, output->name) == 0) {
        remove_old(output);
        return 0;
    }
    return errno == EINVAL || errno == ENOSYS ? replace_in_turn(output) : -1;
}

// The files of a directory at once: one by one takes many times as long.
static int flush(const struct output *output)
{
    int status = output->directory ? syncfs(output->fd) : fsync(output->fd);

    return status == 0 || errno == EINVAL || errno == EROFS
               ? 0
               : failed(errno, "can't write %s", output->path);
}

int output_commit(struct output *output)
{
    if (flush(output) < 0 || check_existing(output) < 0)
        return -1;
    if (put_in_place(output) < 0)
        return failed(errno, "can't put %s into its place", output->path);
    // from here on it is the user's
    output->part[0] = '\0';
    if (fsync(output->parent) < 0)
        log_why("can't sync the directory of %s: %s", output->path,
                errno_text(errno));
    return 0;
}

void output_close(struct output *output)
{
    if (output->part[0] != '\0' &&
        tree_remove(output->parent, output->part) < 0)
        log_warn("can't remove %s: %s", output->part, errno_text(errno));
    output->part[0] = '\0';
    close_place(output);
}

int output_clean(const char *path)
{
    cleanup_close int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int count = dir >= 0 ? orphan_remove(dir, NULL) : -1;

    return count < 0 ? failed(errno, "can't clean %s", path) : count;
}
