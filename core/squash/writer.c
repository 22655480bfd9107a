// writer.c - a SquashFS image, written in one pass.
// SPDX-License-Identifier: MIT
#include "core/squash/writer.h"

#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <sqfs/error.h>
#include <sqfs/super.h>
#include <sqfs/xattr_writer.h>

#include "core/base/err.h"
#include "core/base/str.h"
#include "core/squash/inodes.h"
#include "core/squash/new_tree.h"
#include "core/squash/outfile.h"

enum {
    BLOCK_SIZE = 128 << 10, // bytes, if none is asked for
    BLOCK_MIN = 4 << 10,
    BLOCK_MAX = 1 << 20,
    PADDING = 4096,         // of an image, so that a loop device can show all
    UNPACKED_META = 0x8000, // in the header of a block of metadata
};

struct squash_writer {
    struct squash_write_options options;
    struct outfile out;
    struct compressor compressor;
    struct new_tree tree;
    struct data *data;
    sqfs_super_t super;
    sqfs_xattr_writer_t *xattrs;
    bool has_xattrs; // any
    bool collecting; // of what is put next
};

static int check_options(struct squash_write_options *options)
{
    uint32_t size = options->block_size;

    if (options->method == NULL)
        options->method = "zstd"; // doc/convert.md tells why
    if (size == 0)
        options->block_size = BLOCK_SIZE;
    else if (size < BLOCK_MIN || size > BLOCK_MAX || (size & (size - 1)) != 0)
        return failed(0,
                      "a block size of %u: it must be a power of 2 from 4K "
                      "to 1M",
                      size);
    return 0;
}

// The super block comes last; here is room for it, and what follows it.
static int write_head(struct squash_writer *writer)
{
    struct {
        uint16_t size;
        uint8_t bytes[COMPRESSOR_OPTIONS_MAX];
    } options;
    static const char room[sizeof writer->super];
    size_t size = compressor_options(&writer->compressor, options.bytes);

    if (outfile_add(&writer->out, room, sizeof room) < 0)
        return -1;
    if (size == 0)
        return 0;
    writer->super.flags |= SQFS_FLAG_COMPRESSOR_OPTIONS;
    options.size = htole16((uint16_t)(size | UNPACKED_META));
    return outfile_add(&writer->out, &options, sizeof options.size + size);
}

static int begin(struct squash_writer *writer)
{
    struct data_options data = { .threads = writer->options.threads };
    int status;

    if (check_options(&writer->options) < 0 ||
        compressor_init(&writer->compressor, writer->options.method,
                        writer->options.level) < 0)
        return -1;
    writer->compressor.block_size = writer->options.block_size;
    status = sqfs_super_init(&writer->super, writer->compressor.block_size,
                             writer->options.time,
                             compressor_number(&writer->compressor));
    if (status != 0)
        return outfile_failed(&writer->out, status, "the super block");
    if (new_tree_init(&writer->tree, 0) < 0 || write_head(writer) < 0)
        return -1;
    data.compressor = writer->compressor;
    writer->data = data_new(&writer->out, &data);
    return writer->data != NULL ? 0 : -1;
}

struct squash_writer *squash_writer_open(
    int fd, const struct squash_write_options *options)
{
    struct squash_writer *writer = calloc(1, sizeof *writer);

    if (writer == NULL) {
        failed(errno, "can't write an image");
        return NULL;
    }
    writer->options = *options;
    outfile_init(&writer->out, fd);
    if (begin(writer) == 0)
        return writer;
    squash_writer_close(writer);
    return NULL;
}

void squash_writer_close(struct squash_writer *writer)
{
    data_free(writer->data);
    new_tree_free(&writer->tree);
    sqfs_destroy(writer->xattrs);
    free(writer);
}

static int xattrs_failed(const struct squash_writer *writer, int status)
{
    return outfile_failed(&writer->out, status, "extended attributes");
}

static bool is_known(const char *name)
{
    return str_starts(name, "user.") || str_starts(name, "security.") ||
           str_starts(name, "trusted.");
}

int squash_writer_xattr(struct squash_writer *writer,
                        const struct squash_xattr_value *xattr)
{
    int status = 0;

    if (!is_known(xattr->name))
        return 0;
    if (writer->xattrs == NULL) {
        writer->xattrs = sqfs_xattr_writer_create(0);
        if (writer->xattrs == NULL)
            return xattrs_failed(writer, SQFS_ERROR_ALLOC);
    }
    if (!writer->collecting)
        status = sqfs_xattr_writer_begin(writer->xattrs, 0);
    writer->collecting = true;
    if (status == 0)
        status = sqfs_xattr_writer_add(writer->xattrs, xattr->name,
                                       xattr->value, xattr->size);
    return status == 0 ? 0 : xattrs_failed(writer, status);
}

static int take_xattrs(struct squash_writer *writer, uint32_t *index)
{
    int status;

    *index = NEW_NO_XATTRS;
    if (!writer->collecting)
        return 0;
    writer->collecting = false;
    writer->has_xattrs = true;
    status = sqfs_xattr_writer_end(writer->xattrs, index);
    return status == 0 ? 0 : xattrs_failed(writer, status);
}

// The format has 32 bits without sign.
static uint32_t take_time(int64_t mtime)
{
    if (mtime < 0)
        return 0;
    return mtime < UINT32_MAX ? (uint32_t)mtime : UINT32_MAX;
}

// As the kernel writes them (new_encode_dev() in linux/kdev_t.h).
static uint32_t encode_device(dev_t device)
{
    uint32_t low = minor(device);

    return (low & 0xff) | major(device) << 8 | (low & ~0xffU) << 12;
}

static int take_contents(struct squash_writer *writer,
                         const struct squash_new *entry, struct new_node *node)
{
    if (S_ISLNK(entry->mode)) {
        node->target = new_tree_text(&writer->tree, entry->target);
        return node->target != NULL ? 0 : -1;
    }
    if (S_ISREG(entry->mode) && entry->size > 0) {
        node->file = data_add(writer->data, entry->size);
        return node->file != NULL ? 0 : -1;
    }
    return 0;
}

int squash_writer_put(struct squash_writer *writer, const char *path,
                      const struct squash_new *entry, struct data_file **file)
{
    struct new_node node = {
        .mode = entry->mode,
        .uid = entry->uid,
        .gid = entry->gid,
        .mtime = take_time(entry->mtime),
        .device = encode_device(entry->device),
    };

    *file = NULL;
    if (take_xattrs(writer, &node.xattrs) < 0 ||
        take_contents(writer, entry, &node) < 0)
        return -1;
    if (S_ISREG(entry->mode))
        *file = node.file;
    if (node.mtime > writer->tree.mtime)
        writer->tree.mtime = node.mtime;
    return new_tree_put(&writer->tree, path, &node) != NULL ? 0 : -1;
}

int squash_writer_link(struct squash_writer *writer, const char *path,
                       const char *same_as)
{
    uint32_t none;

    return take_xattrs(writer, &none) < 0
               ? -1
               : new_tree_link(&writer->tree, path, same_as);
}

struct data_file *squash_writer_find(const struct squash_writer *writer,
                                     const char *path)
{
    const struct new_node *node = new_tree_find(&writer->tree, path);

    return node != NULL && S_ISREG(node->mode) ? node->file : NULL;
}

struct data *squash_writer_data(struct squash_writer *writer)
{
    return writer->data;
}

int squash_writer_finish(struct squash_writer *writer)
{
    struct inodes_parts parts = { .out = &writer->out,
                                  .compressor = &writer->compressor,
                                  .tree = &writer->tree,
                                  .data = writer->data,
                                  .super = &writer->super };
    int status;

    if (data_finish(writer->data) < 0)
        return -1;
    if (!writer->options.has_time)
        writer->super.modification_time = writer->tree.mtime;
    writer->super.inode_count = new_tree_sort(&writer->tree);
    if (writer->super.inode_count == 0)
        return -1;
    if (writer->has_xattrs)
        parts.xattrs = writer->xattrs;
    if (inodes_write(&parts) < 0)
        return -1;
    // The library's list of fragments says so, but ends of files have none.
    writer->super.flags &= (sqfs_u16)~SQFS_FLAG_ALWAYS_FRAGMENTS;
    writer->super.bytes_used = writer->out.position;
    if (outfile_end(&writer->out, PADDING) < 0)
        return -1;
    status = sqfs_super_write(&writer->super, &writer->out.file);
    return status == 0
               ? 0
               : outfile_failed(&writer->out, status, "the super block");
}
