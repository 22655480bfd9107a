// node.c - what is known of a file: its attributes, and a link's target.
// SPDX-License-Identifier: MIT
#include <endian.h>
#include <errno.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "core/squash/image.h"
#include "core/squash/listing.h"

// The mode's type bits are not checked by the library; its own and our code
// choose by them which of the union's members holds.
int image_inode(struct squash *image, uint64_t id, struct sqfs_inode *inode)
{
    if (sqfs_inode_get(&image->format, inode, id) != SQFS_OK) {
        errno = EIO;
        return -1;
    }
    inode->base.mode = (uint16_t)((inode->base.mode & 07777) |
                                  sqfs_mode(inode->base.inode_type));
    return 0;
}

// What a regular file takes, which is its size but for holes; an inode of the
// larger kind tells them. 0, or -1 with EIO.
static int fill_blocks(struct squash *image, const struct sqfs_inode *inode,
                       struct squash_node *node)
{
    uint64_t size = inode->xtra.reg.file_size, holes = 0;
    struct squashfs_lreg_inode stored;
    sqfs_md_cursor cursor;

    if (inode->base.inode_type == SQUASHFS_LREG_TYPE) {
        sqfs_md_cursor_inode(&cursor, node->id,
                             (sqfs_off_t)image->format.sb.inode_table_start);
        if (sqfs_md_read(&image->format, &cursor, &stored, sizeof stored) !=
            SQFS_OK) {
            errno = EIO;
            return -1;
        }
        holes = le64toh(stored.sparse);
    }
    size -= holes < size ? holes : size;
    node->st.st_blocks = (blkcnt_t)(size / 512 + (size % 512 != 0));
    return 0;
}

static void fill_kind(const struct sqfs_inode *inode, struct stat *st)
{
    switch (st->st_mode & S_IFMT) {
    case S_IFREG:
        st->st_size = (off_t)inode->xtra.reg.file_size;
        break;
    case S_IFDIR:
        st->st_size = inode->xtra.dir.dir_size;
        break;
    case S_IFLNK:
        st->st_size = (off_t)inode->xtra.symlink_size;
        break;
    case S_IFBLK:
    case S_IFCHR:
        st->st_rdev = makedev((unsigned)inode->xtra.dev.major,
                              (unsigned)inode->xtra.dev.minor);
        break;
    default:
        break;
    }
}

int squash_stat(struct squash *image, uint64_t id, struct squash_node *node)
{
    struct sqfs_inode inode;
    struct stat *st = &node->st;

    if (image_inode(image, id, &inode) < 0)
        return -1;
    if (inode.base.uid >= image->format.sb.no_ids ||
        inode.base.guid >= image->format.sb.no_ids ||
        (S_ISREG(inode.base.mode) && inode.xtra.reg.file_size > INT64_MAX)) {
        errno = EIO;
        return -1;
    }
    memset(st, 0, sizeof *st);
    node->id = id;
    node->data_at = S_ISREG(inode.base.mode) ? inode.xtra.reg.start_block : 0;
    st->st_ino = inode.base.inode_number;
    st->st_mode = inode.base.mode;
    st->st_nlink = (nlink_t)inode.nlink;
    st->st_uid = image->ids[inode.base.uid];
    st->st_gid = image->ids[inode.base.guid];
    st->st_mtim.tv_sec = inode.base.mtime;
    st->st_atim = st->st_mtim;
    st->st_ctim = st->st_mtim;
    fill_kind(&inode, st);
    st->st_blksize = (blksize_t)image->block_size;
    return S_ISREG(st->st_mode) ? fill_blocks(image, &inode, node) : 0;
}

int squash_lookup(struct squash *image, uint64_t dir, const char *name,
                  struct squash_node *node)
{
    struct squash_dir *list = squash_dir_open(image, dir);
    int64_t index;
    int result = -1;

    if (list == NULL)
        return -1;
    index = listing_find(list, name);
    if (index >= 0)
        result = squash_stat(image, list->entries[index].id, node);
    else
        errno = ENOENT;
    squash_dir_close(image, list);
    return result;
}

ssize_t squash_readlink(struct squash *image, uint64_t id, char *target,
                        size_t size)
{
    struct sqfs_inode inode;

    if (image_inode(image, id, &inode) < 0)
        return -1;
    if (!S_ISLNK(inode.base.mode)) {
        errno = EINVAL;
        return -1;
    }
    if (inode.xtra.symlink_size >= size) {
        errno = ENAMETOOLONG;
        return -1;
    }
    if (sqfs_readlink(&image->format, &inode, target, &size) != SQFS_OK) {
        errno = EIO;
        return -1;
    }
    return (ssize_t)inode.xtra.symlink_size;
}
