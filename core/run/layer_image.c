// layer_image.c - which image a layer's changes are changes of.
//
// Two lines: the image's path, and what tells its contents, as far as that can
// be told without reading it all. The first page of an image file has the sizes
// of its tables and the time when it was made.
// SPDX-License-Identifier: MIT
#include "core/run/layer_image.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/fs.h"
#include "core/base/log.h"
#include "core/base/scope.h"
#include "core/base/str.h"

#define FILE_NAME "image"
#define FILE_NEW "image.new"
#define FILE_MOST (64 << 10) // bytes
#define HEAD 4096            // bytes of an image that are looked at

// FNV-1a of 64 bits, by Fowler, Noll and Vo.
#define HASH_START 0xcbf29ce484222325U
#define HASH_FACTOR 0x100000001b3U

static uint64_t hash(const unsigned char *data, size_t size)
{
    uint64_t sum = HASH_START;

    for (size_t i = 0; i < size; i++)
        sum = (sum ^ data[i]) * HASH_FACTOR;
    return sum;
}

// The second line. The caller frees; NULL after failed().
static char *contents_of(const char *image)
{
    cleanup_close int fd =
        open(image, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    unsigned char head[HEAD];
    struct stat st;
    ssize_t n;

    if (fd < 0 || fstat(fd, &st) < 0) {
        failed(errno, "can't open: %s", image);
        return NULL;
    }
    if (S_ISDIR(st.st_mode))
        return str_printf("directory %ju", (uintmax_t)st.st_ino);
    n = pread(fd, head, sizeof head, 0);
    if (n < 0) {
        failed(errno, "can't read: %s", image);
        return NULL;
    }
    return str_printf("file of %jd bytes, %016" PRIx64, (intmax_t)st.st_size,
                      hash(head, (size_t)n));
}

// By another name first, so that it is there whole or not at all.
static int write_down(int dir, const char *path, const char *text)
{
    cleanup_close int fd =
        openat(dir, FILE_NEW,
               O_CREAT | O_TRUNC | O_WRONLY | O_NOFOLLOW | O_CLOEXEC, 0644);

    if (fd < 0 || fs_write_all(fd, text, strlen(text)) < 0 ||
        renameat(dir, FILE_NEW, dir, FILE_NAME) < 0)
        return failed(errno, "can't write %s/" FILE_NAME, path);
    return 0;
}

// What is written down, NULL if nothing is. 0, or -1 after failed().
static int read_text(int dir, const char *path, char **text)
{
    struct stat st;

    *text = NULL;
    if (fstatat(dir, FILE_NAME, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return errno == ENOENT
                   ? 0
                   : failed(errno, "can't stat %s/" FILE_NAME, path);
    if (!S_ISREG(st.st_mode))
        return failed(0, "not a file: %s/" FILE_NAME, path);
    *text = fs_read(dir, FILE_NAME, FILE_MOST, NULL);
    return *text == NULL ? failed_while("reading the overlay %s", path) : 0;
}

int layer_image_check(int dir, const char *path, const char *image, bool write)
{
    cleanup_free char *contents = contents_of(image);
    cleanup_free char *now =
        contents ? str_printf("%s\n%s\n", image, contents) : NULL;
    cleanup_free char *before = NULL;
    char *rest;
    const char *place;

    if (now == NULL || read_text(dir, path, &before) < 0)
        return -1;
    if (before == NULL)
        return write ? write_down(dir, path, now) : 0;
    if (strcmp(before, now) == 0)
        return 0;
    rest = before;
    place = strsep(&rest, "\n");
    if (rest != NULL && strncmp(rest, contents, strlen(contents)) == 0 &&
        rest[strlen(contents)] == '\n')
        log_why("overlay %s: the image was at %s before", path, place);
    else if (strcmp(place, image) == 0)
        log_warn("overlay %s: the image has changed since its last use", path);
    else
        return failed(0,
                      "can't use overlay %s with image %s: it belongs to %s "
                      "(to use it all the same, remove %s/" FILE_NAME ")",
                      path, image, place, path);
    return write ? write_down(dir, path, now) : 0;
}
