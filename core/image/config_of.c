// config_of.c - what an image says about how to run it, asked of the image
// alone.
// SPDX-License-Identifier: MIT
#include "core/image/config_of.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/base/err.h"
#include "core/base/fs.h"
#include "core/base/scope.h"
#include "core/image/config_gather.h"
#include "core/image/config_pieces.h"
#include "core/image/layout_read.h"
#include "core/image/tar_read.h"
#include "core/squash/reader.h"

// --- directories

static bool is_missing(int errnum)
{
    return errnum == ENOENT || errnum == ENOTDIR;
}

// What is no regular file is none of ours.
static int read_file(int dir, const char *path, struct config_file *file)
{
    cleanup_close int fd =
        fs_open_in_root(dir, path, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0);
    char name[FS_FD_PATH];
    struct stat st;

    if (fd < 0 && is_missing(errno))
        return 0;
    if (fd < 0 || fstat(fd, &st) < 0)
        return failed(errno, "can't read /%s of the image", path);
    if (!S_ISREG(st.st_mode))
        return 0;
    file->bytes =
        fs_read(AT_FDCWD, fs_fd_path(name, fd), CONFIG_PIECE_MOST, &file->size);
    return file->bytes == NULL
               ? failed_while("can't read /%s of the image", path)
               : 0;
}

int config_of_directory(int dir, struct image_config *config)
{
    cleanup_config_pieces struct config_pieces pieces = { 0 };

    *config = (struct image_config){ 0 };
    for (int i = 0; i < CONFIG_PIECES; i++)
        if (read_file(dir, config_pieces_path(i),
                      config_pieces_at(&pieces, i)) < 0)
            return -1;
    return config_pieces_settle(&pieces, config);
}

// --- SquashFS

// 0, or -1 with errno.
static int look_up(struct squash *image, const char *path,
                   struct squash_node *node)
{
    char name[NAME_MAX + 1];
    uint64_t dir = squash_root(image);

    for (;;) {
        size_t length = strcspn(path, "/");

        memcpy(name, path, length);
        name[length] = '\0';
        if (squash_lookup(image, dir, name, node) < 0)
            return -1;
        if (path[length] == '\0')
            return 0;
        path += length + 1;
        dir = node->id;
    }
}

static int copy_file(struct squash *image, const struct squash_node *node,
                     struct config_file *file)
{
    file->size = (size_t)node->st.st_size;
    file->bytes = calloc(1, file->size + 1);
    if (file->bytes == NULL)
        return -1;
    for (size_t at = 0; at < file->size;) {
        struct iovec rest = { file->bytes + at, file->size - at };
        ssize_t n = squash_read(image, node->id, at, rest);

        if (n <= 0) {
            errno = n == 0 ? EIO : errno;
            return -1;
        }
        at += (size_t)n;
    }
    return 0;
}

static int read_squash_file(struct squash *image, const char *path,
                            struct config_file *file)
{
    struct squash_node node;

    if (look_up(image, path, &node) < 0)
        return is_missing(errno)
                   ? 0
                   : failed(errno, "can't read /%s of the image", path);
    if (!S_ISREG(node.st.st_mode))
        return 0;
    if (node.st.st_size > CONFIG_PIECE_MOST)
        return failed(0, "/%s has more than %d MiB", path,
                      CONFIG_PIECE_MOST >> 20);
    if (copy_file(image, &node, file) < 0)
        return failed(errno, "can't read /%s of the image", path);
    return 0;
}

static int read_squash(struct squash *image, struct image_config *config)
{
    cleanup_config_pieces struct config_pieces pieces = { 0 };

    for (int i = 0; i < CONFIG_PIECES; i++)
        if (read_squash_file(image, config_pieces_path(i),
                             config_pieces_at(&pieces, i)) < 0)
            return -1;
    return config_pieces_settle(&pieces, config);
}

int config_of_squashfs(int fd, const char *name, uint64_t offset,
                       struct image_config *config)
{
    struct squash_options options = { .name = name, .offset = offset };
    struct squash *image = squash_open(fd, &options);
    int status;

    *config = (struct image_config){ 0 };
    if (image == NULL)
        return -1;
    status = read_squash(image, config);
    squash_close(image);
    return status;
}

// --- streams

// To its end, as what comes later holds. 0, or -1 after failed().
static int read_all(struct image_reader *stream, struct image_config *config)
{
    cleanup_reader struct image_reader *reader =
        stream == NULL ? NULL : image_gather_config(stream, config);
    struct image_entry entry;
    int more = reader == NULL ? -1 : 1;

    while (more > 0)
        more = reader->ops->next(reader, &entry);
    return more;
}

// Takes the blobs over. What the layers have in /ch is not what counts.
static int read_layers(struct blobs *blobs, const struct image_choice *choice,
                       struct image_config *config)
{
    struct image_config files = { 0 };
    struct image_reader *reader =
        image_read_layout(blobs, choice, config, NULL);
    int status = reader == NULL ? -1 : 0;

    // names of users are in the layers
    if (status == 0 && config->user != NULL) {
        status = read_all(steal_ptr(&reader), &files);
        config->passwd = steal_ptr(&files.passwd);
        config->group = steal_ptr(&files.group);
    }
    image_reader_close(&reader);
    config_free(&files);
    return status;
}

int config_of_layout(int dir, const struct image_choice *choice,
                     struct image_config *config)
{
    struct blobs *blobs = blobs_open_dir(dir);

    *config = (struct image_config){ 0 };
    return blobs == NULL ? -1 : read_layers(blobs, choice, config);
}

int config_of_archive(int fd, const struct image_choice *choice,
                      struct image_config *config)
{
    bool other;
    struct blobs *blobs = blobs_open_archive(fd, &other);

    *config = (struct image_config){ 0 };
    if (blobs != NULL)
        return read_layers(blobs, choice, config);
    return other ? read_all(image_read_tar(fd), config) : -1;
}
