// inode_new.c - the inode of what is no directory.
// SPDX-License-Identifier: MIT
#include "core/squash/inode_new.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/squash/data.h"

static uint64_t count_holes(const struct data_file *file, uint32_t block_size)
{
    uint64_t holes = 0, rest = file->size;

    for (uint32_t i = 0; i < file->count; i++) {
        uint64_t size = rest < block_size ? rest : block_size;

        if (file->blocks[i] == 0)
            holes += size;
        rest -= size;
    }
    return holes;
}

static void fill_small_file(sqfs_inode_generic_t *inode,
                            const struct data_file *file)
{
    inode->base.type = SQFS_INODE_FILE;
    inode->data.file = (sqfs_inode_file_t){
        .blocks_start = (uint32_t)file->start,
        .fragment_index = file->fragment,
        .fragment_offset = file->fragment_at,
        .file_size = (uint32_t)file->size,
    };
}

static void fill_large_file(sqfs_inode_generic_t *inode,
                            const struct data_file *file,
                            const struct new_node *node, uint64_t holes)
{
    inode->base.type = SQFS_INODE_EXT_FILE;
    inode->data.file_ext = (sqfs_inode_file_ext_t){
        .blocks_start = file->start,
        .file_size = file->size,
        .sparse = holes,
        .nlink = node->links,
        .fragment_idx = file->fragment,
        .fragment_offset = file->fragment_at,
        .xattr_idx = node->xattrs,
    };
}

static sqfs_inode_generic_t *new_file(const struct new_node *node,
                                      uint32_t block_size)
{
    static const struct data_file empty = { .fragment = DATA_NO_FRAGMENT };
    const struct data_file *file = node->file != NULL ? node->file : &empty;
    uint64_t holes = count_holes(file, block_size);
    sqfs_inode_generic_t *inode = calloc(1, sizeof *inode);

    if (inode == NULL)
        return NULL;
    if (file->start <= UINT32_MAX && file->size <= UINT32_MAX && holes == 0 &&
        node->links == 1 && node->xattrs == NEW_NO_XATTRS)
        fill_small_file(inode, file);
    else
        fill_large_file(inode, file, node, holes);
    return inode;
}

static sqfs_inode_generic_t *new_link(const struct new_node *node)
{
    size_t size = strlen(node->target);
    sqfs_inode_generic_t *inode = calloc(1, sizeof *inode + size + 1);

    if (inode == NULL)
        return NULL;
    inode->base.type =
        node->xattrs == NEW_NO_XATTRS ? SQFS_INODE_SLINK : SQFS_INODE_EXT_SLINK;
    inode->data.slink_ext = (sqfs_inode_slink_ext_t){
        .nlink = node->links,
        .target_size = (uint32_t)size,
        .xattr_idx = node->xattrs,
    };
    memcpy(inode->extra, node->target, size);
    inode->payload_bytes_available = (uint32_t)size;
    inode->payload_bytes_used = (uint32_t)size;
    return inode;
}

static sqfs_inode_generic_t *new_special(const struct new_node *node)
{
    sqfs_inode_generic_t *inode = calloc(1, sizeof *inode);
    bool device = S_ISBLK(node->mode) || S_ISCHR(node->mode);
    bool more = node->xattrs != NEW_NO_XATTRS;

    if (inode == NULL)
        return NULL;
    if (S_ISBLK(node->mode))
        inode->base.type = more ? SQFS_INODE_EXT_BDEV : SQFS_INODE_BDEV;
    else if (S_ISCHR(node->mode))
        inode->base.type = more ? SQFS_INODE_EXT_CDEV : SQFS_INODE_CDEV;
    else if (S_ISFIFO(node->mode))
        inode->base.type = more ? SQFS_INODE_EXT_FIFO : SQFS_INODE_FIFO;
    else
        inode->base.type = more ? SQFS_INODE_EXT_SOCKET : SQFS_INODE_SOCKET;
    if (device)
        inode->data.dev_ext =
            (sqfs_inode_dev_ext_t){ node->links, node->device, node->xattrs };
    else
        inode->data.ipc_ext =
            (sqfs_inode_ipc_ext_t){ node->links, node->xattrs };
    return inode;
}

sqfs_inode_generic_t *inode_new(const struct new_node *node,
                                uint32_t block_size)
{
    if (S_ISREG(node->mode))
        return new_file(node, block_size);
    return S_ISLNK(node->mode) ? new_link(node) : new_special(node);
}
