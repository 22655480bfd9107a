// bundle_write.c - a stream written as a runtime bundle.
// SPDX-License-Identifier: MIT
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/fs.h"
#include "core/base/runtime_config.h"
#include "core/base/scope.h"
#include "core/image/bundle.h"
#include "core/image/config_runtime.h"

struct bundle_writer {
    struct image_writer writer; // first: a writer is cast to this
    struct image_writer *inner;
    struct bundle_root root;
    int dir;
    const struct image_config *config;
};

static int bundle_put(struct image_writer *writer,
                      const struct image_entry *entry,
                      struct image_reader *reader)
{
    struct bundle_writer *b = (struct bundle_writer *)writer;

    return b->inner->ops->put(b->inner, entry, reader);
}

static int write_text(int dir, const char *text)
{
    cleanup_close int fd =
        openat(dir, BUNDLE_CONFIG,
               O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);

    if (fd < 0 || fs_write_all(fd, text, strlen(text)) < 0 ||
        fs_write_all(fd, "\n", 1) < 0)
        return failed(errno, "can't write " BUNDLE_CONFIG);
    return 0;
}

static int write_config(const struct bundle_writer *b)
{
    struct runtime_config to = { .rootless = geteuid() != 0,
                                 .read_only = b->root.file,
                                 .root =
                                     b->root.file ? BUNDLE_FILE : BUNDLE_DIR };
    cleanup_free char *text = NULL;
    int status = config_runtime(b->config, &to);

    if (status == 0) {
        text = runtime_config_text(&to);
        status = write_text(b->dir, text);
    }
    config_runtime_free(&to);
    return status;
}

static int bundle_finish(struct image_writer *writer)
{
    struct bundle_writer *b = (struct bundle_writer *)writer;
    mode_t mask = umask(0);

    umask(mask);
    if (b->inner->ops->finish(b->inner) < 0 || write_config(b) < 0)
        return -1;
    // it was made for nobody else while it was not complete
    if (fchmod(b->dir, 0777 & ~mask) < 0)
        return failed(errno, "can't set the mode of a bundle");
    return 0;
}

static void bundle_close(struct image_writer *writer)
{
    struct bundle_writer *b = (struct bundle_writer *)writer;

    image_writer_close(&b->inner);
    close(b->root.fd);
    free(b);
}

static const struct image_writer_ops bundle_ops = { bundle_put, bundle_finish,
                                                    bundle_close };

int bundle_make_root(int dir, struct bundle_root *root)
{
    const char *name = root->file ? BUNDLE_FILE : BUNDLE_DIR;

    if (!root->file && mkdirat(dir, name, 0700) < 0)
        return failed(errno, "can't make %s", name);
    root->fd =
        root->file
            ? openat(dir, name,
                     O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666)
            : openat(dir, name,
                     O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    return root->fd >= 0 ? 0 : failed(errno, "can't make %s", name);
}

struct image_writer *image_write_bundle(struct image_writer *writer, int dir,
                                        const struct bundle_root *root,
                                        const struct image_config *config)
{
    struct bundle_writer *b = writer != NULL ? calloc(1, sizeof *b) : NULL;

    if (b == NULL) {
        if (writer != NULL)
            failed(errno, "can't write a bundle");
        image_writer_close(&writer);
        close(root->fd);
        return NULL;
    }
    *b = (struct bundle_writer){ { &bundle_ops }, writer, *root, dir, config };
    return &b->writer;
}
