// squash_images.h - images for the tests of core/squash, made by mksquashfs.
//
// A scratch folder holds a tree and images of it; it is removed at the end of
// the program.
// SPDX-License-Identifier: MIT
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/squash/reader.h"

static char scratch[] = "/tmp/test_squash.XXXXXX";

static inline int remove_one(const char *path, const struct stat *st, int type,
                             struct FTW *walk)
{
    return remove(path);
}

static inline int scratch_remove(void **state)
{
    return chdir("/") < 0 ||
           nftw(scratch, remove_one, 16, FTW_DEPTH | FTW_PHYS) < 0;
}

static inline int scratch_make(void **state)
{
    return mkdtemp(scratch) == NULL || chdir(scratch) < 0;
}

__attribute__((format(printf, 1, 2))) static inline void shell(const char *fmt,
                                                               ...)
{
    char command[4096];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(command, sizeof command, fmt, ap);
    va_end(ap);
    if (system(command) != 0)
        fail_msg("%s", command);
}

// Pack "tree" as "file".
static inline void pack(const char *tree, const char *file, const char *options)
{
    shell("mksquashfs %s %s -noappend -quiet -no-progress %s >/dev/null", tree,
          file, options);
}

static inline struct squash *open_at(const char *file, uint64_t offset,
                                     uint64_t cache)
{
    struct squash_options options = { .name = file,
                                      .offset = offset,
                                      .cache_bytes = cache };
    int fd = open(file, O_RDONLY | O_CLOEXEC);
    struct squash *image;

    assert_true(fd >= 0);
    image = squash_open(fd, &options);
    close(fd);
    return image;
}

static inline struct squash *open_image(const char *file)
{
    struct squash *image = open_at(file, 0, 0);

    if (image == NULL)
        fail_msg("%s", err_text());
    return image;
}

// The node at a path like "a/b".
static inline struct squash_node node_at(struct squash *image, const char *path)
{
    struct squash_node node;
    char *copy = strdup(path), *rest = copy, *name;

    assert_int_equal(squash_stat(image, squash_root(image), &node), 0);
    while ((name = strsep(&rest, "/")) != NULL) {
        if (squash_lookup(image, node.id, name, &node) < 0)
            fail_msg("%s: no %s: %s", path, name, strerror(errno));
    }
    free(copy);
    return node;
}

// The whole of a file, by reads of "step" bytes; the caller frees.
static inline char *content(struct squash *image,
                            const struct squash_node *node, size_t step)
{
    size_t size = (size_t)node->st.st_size;
    char *bytes = malloc(size + step);
    size_t at = 0;
    ssize_t n;

    while ((n = squash_read(image, node->id, at,
                            (struct iovec){ bytes + at, step })) > 0)
        at += (size_t)n;
    assert_int_equal(n, 0);
    assert_int_equal(at, size);
    return bytes;
}

static inline char *file_content(const char *path, size_t *size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat st;
    char *bytes;

    assert_true(fd >= 0);
    assert_int_equal(fstat(fd, &st), 0);
    *size = (size_t)st.st_size;
    bytes = malloc(*size + 1);
    assert_int_equal(read(fd, bytes, *size), *size);
    close(fd);
    return bytes;
}

static inline struct squash_statistics statistics(struct squash *image)
{
    struct squash_statistics out;

    squash_statistics(image, &out);
    return out;
}
