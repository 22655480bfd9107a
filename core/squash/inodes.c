// inodes.c - inodes and directories of an image that is being written.
//
// The nodes of a directory are written one after another, when those of its
// subdirectories are: so whoever lists it finds them in the same block, or in
// two. The inode of a directory must come after its listing, and the listing
// after the inodes of what it lists.
// SPDX-License-Identifier: MIT
#include "core/squash/inodes.h"

#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <sqfs/compressor.h>
#include <sqfs/dir_writer.h>
#include <sqfs/error.h>
#include <sqfs/frag_table.h>
#include <sqfs/id_table.h>
#include <sqfs/inode.h>
#include <sqfs/meta_writer.h>
#include <sqfs/xattr_writer.h>

#include "core/base/err.h"
#include "core/base/scope.h"
#include "core/squash/inode_new.h"

enum {
    // One less than the super block can count, as the library counts one too
    // many.
    OWNERS_MAX = 65535,
    BLOCK_SIZES = 1024, // of a file, written at a time
};

// For libsquashfs our own compressor.
struct packer {
    sqfs_compressor_t base; // first: it is cast to this
    const struct compressor *compressor;
    void *state;
};

struct inodes {
    const struct inodes_parts *parts;
    struct packer packer;
    sqfs_id_table_t *owners;
    sqfs_frag_table_t *fragments;
    sqfs_meta_writer_t *inodes;
    sqfs_meta_writer_t *listings;
    sqfs_dir_writer_t *dirs;
};

static sqfs_s32 packer_do_block(sqfs_compressor_t *base, const sqfs_u8 *in,
                                sqfs_u32 size, sqfs_u8 *out, sqfs_u32 room)
{
    struct packer *packer = (struct packer *)base;
    struct iovec block = { .iov_len = size };
    ssize_t made;

    if (room < size)
        return SQFS_ERROR_COMPRESSOR;
    memcpy(&block.iov_base, &in, sizeof in); // it is not written to
    made = compressor_pack(packer->compressor, packer->state, block, out);
    return made < 0 ? SQFS_ERROR_COMPRESSOR : (sqfs_s32)made;
}

static int wrote(const struct inodes *inodes, int status, const char *what)
{
    if (status == 0)
        return 0;
    return outfile_failed(inodes->parts->out, status, what);
}

// --- an inode

static int find_owner(const struct inodes *inodes, uint32_t id, sqfs_u16 *index)
{
    int status = sqfs_id_table_id_to_index(inodes->owners, id, index);

    if (status == 0 && *index == OWNERS_MAX)
        status = SQFS_ERROR_OVERFLOW;
    return wrote(inodes, status, "owners");
}

// Of a directory whose listing was written last.
static sqfs_inode_generic_t *new_dir(const struct inodes *inodes,
                                     const struct new_node *node)
{
    const struct new_tree *tree = inodes->parts->tree;
    // Nobody is the root's parent; then it is a number that no node has.
    uint32_t parent = node == tree->root ? inodes->parts->super->inode_count + 1
                                         : node->dir.parent->number;
    sqfs_inode_generic_t *inode =
        sqfs_dir_writer_create_inode(inodes->dirs, 0, node->xattrs, parent);

    if (inode == NULL)
        return NULL;
    // The library counts all that the directory holds.
    if (inode->base.type == SQFS_INODE_DIR)
        inode->data.dir.nlink = node->dir.subdirectories + 2;
    else
        inode->data.dir_ext.nlink = node->dir.subdirectories + 2;
    return inode;
}

// They stand behind the inode of their file. The library would put them all on
// the stack, where those of a file of terabytes have no room.
static int write_block_sizes(const struct inodes *inodes,
                             const struct data_file *file)
{
    sqfs_u32 sizes[BLOCK_SIZES];

    for (uint32_t at = 0; at < file->count;) {
        uint32_t count = 0;
        int status;

        while (count < BLOCK_SIZES && at < file->count)
            sizes[count++] = htole32(file->blocks[at++]);
        status = sqfs_meta_writer_append(inodes->inodes, sizes,
                                         count * sizeof *sizes);
        if (wrote(inodes, status, "inodes") < 0)
            return -1;
    }
    return 0;
}

static int write_inode(const struct inodes *inodes, struct new_node *node,
                       sqfs_inode_generic_t *made)
{
    cleanup_free sqfs_inode_generic_t *inode = made;
    sqfs_u64 block;
    sqfs_u32 offset;

    if (inode == NULL)
        return failed(ENOMEM, "can't write inodes");
    inode->base.mode = (sqfs_u16)(node->mode & 07777);
    inode->base.mod_time = node->mtime;
    inode->base.inode_number = node->number;
    if (find_owner(inodes, node->uid, &inode->base.uid_idx) < 0 ||
        find_owner(inodes, node->gid, &inode->base.gid_idx) < 0)
        return -1;
    sqfs_meta_writer_get_position(inodes->inodes, &block, &offset);
    node->place = block << 16 | offset;
    if (wrote(inodes, sqfs_meta_writer_write_inode(inodes->inodes, inode),
              "inodes") < 0)
        return -1;
    return S_ISREG(node->mode) && node->file != NULL
               ? write_block_sizes(inodes, node->file)
               : 0;
}

// --- a directory

static int write_nodes(const struct inodes *inodes, const struct new_node *dir)
{
    for (const struct new_name *name = dir->dir.names; name != NULL;
         name = name->next) {
        struct new_node *node = name->node;
        sqfs_inode_generic_t *inode;

        if (node->place != NEW_NO_PLACE) // of another name
            continue;
        if (S_ISDIR(node->mode))
            inode = steal_ptr(&node->dir.inode);
        else
            inode = inode_new(node, inodes->parts->compressor->block_size);
        if (write_inode(inodes, node, inode) < 0)
            return -1;
    }
    return 0;
}

static int write_listing(const struct inodes *inodes,
                         const struct new_node *dir)
{
    int status = sqfs_dir_writer_begin(inodes->dirs, 0);

    for (const struct new_name *name = dir->dir.names;
         name != NULL && status == 0; name = name->next) {
        const struct new_node *node = name->node;

        status =
            sqfs_dir_writer_add_entry(inodes->dirs, name->name, node->number,
                                      node->place, (sqfs_u16)node->mode);
    }
    if (status == 0)
        status = sqfs_dir_writer_end(inodes->dirs);
    return wrote(inodes, status, "directories");
}

// Depth is limited, see NEW_DEPTH_MAX.
static int write_dir(const struct inodes *inodes, struct new_node *dir)
{
    for (const struct new_name *name = dir->dir.names; name != NULL;
         name = name->next) {
        if (S_ISDIR(name->node->mode) && write_dir(inodes, name->node) < 0)
            return -1;
    }
    if (write_nodes(inodes, dir) < 0 || write_listing(inodes, dir) < 0)
        return -1;
    dir->dir.inode = new_dir(inodes, dir);
    return dir->dir.inode != NULL ? 0 : failed(ENOMEM, "can't write inodes");
}

// --- the tables

static int write_tree(const struct inodes *inodes)
{
    struct new_node *root = inodes->parts->tree->root;
    sqfs_super_t *super = inodes->parts->super;
    struct outfile *out = inodes->parts->out;
    int status;

    super->inode_table_start = out->position;
    if (write_dir(inodes, root) < 0 ||
        write_inode(inodes, root, steal_ptr(&root->dir.inode)) < 0)
        return -1;
    super->root_inode_ref = root->place;
    status = sqfs_meta_writer_flush(inodes->inodes);
    if (status == 0)
        status = sqfs_meta_writer_flush(inodes->listings);
    super->directory_table_start = out->position;
    if (status == 0)
        status = sqfs_meta_write_write_to_file(inodes->listings);
    return wrote(inodes, status, "directories");
}

static int write_fragments(struct inodes *inodes)
{
    const struct inodes_parts *parts = inodes->parts;
    size_t count;
    const struct data_fragment *fragments = data_fragments(parts->data, &count);
    sqfs_compressor_t *packer = &inodes->packer.base;
    int status = 0;

    for (size_t i = 0; i < count && status == 0; i++)
        status = sqfs_frag_table_append(inodes->fragments, fragments[i].start,
                                        fragments[i].size, NULL);
    if (status == 0)
        status = sqfs_frag_table_write(inodes->fragments, &parts->out->file,
                                       parts->super, packer);
    return wrote(inodes, status, "the list of fragments");
}

static int write_tables(struct inodes *inodes)
{
    const struct inodes_parts *parts = inodes->parts;
    sqfs_compressor_t *packer = &inodes->packer.base;
    sqfs_file_t *file = &parts->out->file;
    sqfs_super_t *super = parts->super;
    int status;

    if (write_tree(inodes) < 0 || write_fragments(inodes) < 0)
        return -1;
    status = sqfs_dir_writer_write_export_table(
        inodes->dirs, file, packer, parts->tree->root->number,
        parts->tree->root->place, super);
    if (status == 0)
        status = sqfs_id_table_write(inodes->owners, file, super, packer);
    if (wrote(inodes, status, "the list of owners") < 0)
        return -1;
    if (parts->xattrs != NULL)
        status = sqfs_xattr_writer_flush(parts->xattrs, file, super, packer);
    return wrote(inodes, status, "extended attributes");
}

static int create(struct inodes *inodes)
{
    const struct inodes_parts *parts = inodes->parts;
    sqfs_compressor_t *packer = &inodes->packer.base;
    sqfs_file_t *file = &parts->out->file;

    inodes->packer.state = compressor_start(parts->compressor);
    if (inodes->packer.state == NULL)
        return -1;
    inodes->owners = sqfs_id_table_create(0);
    inodes->fragments = sqfs_frag_table_create(0);
    inodes->inodes = sqfs_meta_writer_create(file, packer, 0);
    inodes->listings =
        sqfs_meta_writer_create(file, packer, SQFS_META_WRITER_KEEP_IN_MEMORY);
    if (inodes->listings != NULL)
        inodes->dirs = sqfs_dir_writer_create(
            inodes->listings, SQFS_DIR_WRITER_CREATE_EXPORT_TABLE);
    if (inodes->owners == NULL || inodes->fragments == NULL ||
        inodes->inodes == NULL || inodes->dirs == NULL)
        return failed(ENOMEM, "can't write inodes");
    return 0;
}

static void destroy(struct inodes *inodes)
{
    sqfs_destroy(inodes->dirs);
    sqfs_destroy(inodes->listings);
    sqfs_destroy(inodes->inodes);
    sqfs_destroy(inodes->fragments);
    sqfs_destroy(inodes->owners);
    compressor_end(inodes->parts->compressor, inodes->packer.state);
}

int inodes_write(const struct inodes_parts *parts)
{
    struct inodes inodes = {
        .parts = parts,
        .packer = { .base = { .do_block = packer_do_block },
                    .compressor = parts->compressor },
    };
    int status = create(&inodes);

    if (status == 0)
        status = write_tables(&inodes);
    destroy(&inodes);
    return status;
}
