// bench_work.c - what is done with the files below a directory to see how fast
// they are read.
// SPDX-License-Identifier: MIT
#include "core/run/bench_work.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/scope.h"

enum {
    PIECE = 4096, // bytes of a random read
    PIECES = 5000,
    STEP = 128 << 10, // bytes of any other
    DEEPEST = 512,    // directories in directories; each takes a descriptor
};

const char *const bench_work_names[BENCH_WORKS] = {
    [BENCH_STAT] = "stat all",
    [BENCH_READ] = "read all",
    [BENCH_SEQUENTIAL] = "largest file",
    [BENCH_RANDOM] = "random 4 KiB",
};

// A walk, and what is done on its way.
struct walk {
    struct bench_time *time;
    uint64_t most;           // bytes to be read; 0: nothing is
    struct bench_tree *tree; // or NULL
    char path[PATH_MAX];
    size_t length;
    char *buffer;
};

static double now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

// Read the file as far as "most" goes.
static int read_file(struct walk *walk, int dir, const char *name)
{
    // of the image's owner, who may have taken the right from himself
    cleanup_close int fd =
        openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    ssize_t got;

    if (fd < 0)
        return errno == EACCES ? 0 : -1;
    walk->time->count++;
    while (walk->time->bytes < walk->most &&
           (got = read(fd, walk->buffer, STEP)) != 0) {
        if (got < 0)
            return -1;
        walk->time->bytes += (uint64_t)got;
    }
    return 0;
}

static void note(const struct walk *walk, const struct stat *st)
{
    struct bench_tree *tree = walk->tree;
    uint64_t size = (uint64_t)st->st_size;

    if (!S_ISREG(st->st_mode))
        return;
    tree->files++;
    tree->bytes += size;
    if (size <= tree->largest_size)
        return;
    tree->largest_size = size;
    memcpy(tree->largest, walk->path, walk->length + 1);
}

static int walk_dir(struct walk *walk, int fd, int depth);

static int walk_entry(struct walk *walk, int dir, const char *name, int depth)
{
    size_t before = walk->length;
    size_t length = strlen(name);
    struct stat st;
    int result = 0;

    if (before + length + 2 > sizeof walk->path || depth > DEEPEST)
        return 0;
    walk->path[before] = '/';
    memcpy(walk->path + before + 1, name, length + 1);
    walk->length += length + 1;
    if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return -1;
    if (walk->most == 0)
        walk->time->count++;
    if (walk->tree != NULL)
        note(walk, &st);
    if (S_ISDIR(st.st_mode)) {
        int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        if (fd >= 0)
            result = walk_dir(walk, fd, depth + 1);
        else if (errno != EACCES)
            result = -1;
    } else if (S_ISREG(st.st_mode) && walk->time->bytes < walk->most) {
        result = read_file(walk, dir, name);
    }
    if (result == 0) {
        walk->length = before;
        walk->path[before] = '\0';
    }
    return result;
}

// Takes over the descriptor.
static int walk_dir(struct walk *walk, int fd, int depth)
{
    DIR *dir = fdopendir(fd);
    const struct dirent *entry;
    int result = 0, saved;

    if (dir == NULL) {
        close(fd);
        return -1;
    }
    while (result == 0 && (errno = 0, entry = readdir(dir)) != NULL)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            result = walk_entry(walk, fd, entry->d_name, depth);
    if (result == 0 && errno != 0)
        result = -1;
    saved = errno;
    closedir(dir);
    errno = saved;
    return result;
}

static int walk_all(struct walk *walk, const char *top)
{
    cleanup_free char *buffer = malloc(STEP);
    int fd = open(top, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    walk->buffer = buffer;
    if (fd < 0 || buffer == NULL) {
        failed(errno, "can't read %s", top);
        if (fd >= 0)
            close(fd);
        return -1;
    }
    if (walk_dir(walk, fd, 0) < 0)
        return failed(errno, "can't read %s in the image", walk->path);
    return 0;
}

static int open_largest(const struct bench_job *job)
{
    char path[PATH_MAX + sizeof "/proc/self/fd/2147483647"];
    int fd;

    snprintf(path, sizeof path, "%s%s", job->dir, job->file);
    fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    return fd >= 0 ? fd
                   : failed(errno, "can't open %s in the image", job->file);
}

static int read_largest(const struct bench_job *job, struct bench_time *time)
{
    cleanup_free char *buffer = malloc(STEP);
    cleanup_close int fd = open_largest(job);
    ssize_t got = 0;

    if (fd < 0 || buffer == NULL)
        return fd < 0 ? -1 : failed(errno, "can't read %s", job->file);
    while (time->bytes < job->most && (got = read(fd, buffer, STEP)) > 0) {
        time->bytes += (uint64_t)got;
        time->count++;
    }
    return got < 0 ? failed(errno, "can't read %s in the image", job->file) : 0;
}

// Always the same places, by a generator of Lehmer's (MINSTD).
static int read_pieces(const struct bench_job *job, struct bench_time *time)
{
    cleanup_close int fd = open_largest(job);
    uint64_t pieces = job->file_bytes / PIECE, state = 1;
    char buffer[PIECE];

    if (fd < 0)
        return -1;
    for (int i = 0; i < PIECES && pieces > 0; i++) {
        ssize_t got;

        state = state * 48271 % 2147483647;
        got = pread(fd, buffer, PIECE, (off_t)(state % pieces * PIECE));
        if (got < 0)
            return failed(errno, "can't read %s in the image", job->file);
        time->bytes += (uint64_t)got;
        time->count++;
    }
    return 0;
}

static int do_work(enum bench_work work, const struct bench_job *job,
                   struct bench_time *time)
{
    struct walk walk = { .time = time };

    switch (work) {
    case BENCH_READ:
        walk.most = job->most;
        return walk_all(&walk, job->dir);
    case BENCH_SEQUENTIAL:
        return read_largest(job, time);
    case BENCH_RANDOM:
        return read_pieces(job, time);
    case BENCH_STAT:
    case BENCH_WORKS:
        break;
    }
    return walk_all(&walk, job->dir);
}

int bench_survey(const char *dir, struct bench_tree *tree)
{
    struct bench_time time = { 0 };
    struct walk walk = { .time = &time, .tree = tree };

    *tree = (struct bench_tree){ 0 };
    if (walk_all(&walk, dir) < 0)
        return -1;
    tree->entries = time.count;
    return 0;
}

int bench_do(enum bench_work work, const struct bench_job *job,
             struct bench_time *time)
{
    double start = now();

    *time = (struct bench_time){ 0 };
    if (do_work(work, job, time) < 0)
        return -1;
    time->seconds = now() - start;
    return 0;
}
