// format.h - the only door to libsquashfuse, which knows the SquashFS format.
//
// The library comes as an archive that was compiled against another libc. It
// is used for what it knows, inodes, directories, block lists and extended
// attributes, and never calls back but for memory and for four functions that
// core/squash puts in the place of its own (meta.c, table.c): those that read
// the file and that must not trust it.
// SPDX-License-Identifier: MIT
#pragma once

#include <stddef.h>
#include <sys/stat.h>

#include <squashfuse/dir.h>
#include <squashfuse/file.h>
#include <squashfuse/fs.h>
#include <squashfuse/xattr.h>

// What both sides must see alike, whichever libc this is compiled against
// (tests/unit/test_squash_format.c asks the archive for its own sizes).
_Static_assert(sizeof(off_t) == 8, "off_t");
_Static_assert(sizeof(mode_t) == 4, "mode_t");
_Static_assert(sizeof(struct squashfs_super_block) == 96, "super block");
_Static_assert(sizeof(sqfs_md_cursor) == 16, "cursor");
_Static_assert(sizeof(sqfs_table) == 16, "table");
_Static_assert(sizeof(struct sqfs) == 248, "sqfs");
_Static_assert(offsetof(struct sqfs, sb) == 24, "sqfs.sb");
_Static_assert(offsetof(struct sqfs, id_table) == 128, "sqfs.id_table");
_Static_assert(offsetof(struct sqfs, frag_table) == 144, "sqfs.frag_table");
_Static_assert(offsetof(struct sqfs, xattr_info) == 216, "sqfs.xattr_info");
_Static_assert(sizeof(struct sqfs_inode) == 64, "inode");
_Static_assert(offsetof(struct sqfs_inode, next) == 24, "inode.next");
_Static_assert(offsetof(struct sqfs_inode, xtra) == 40, "inode.xtra");
_Static_assert(sizeof(sqfs_dir) == 48, "directory");
_Static_assert(sizeof(sqfs_dir_entry) == 48, "directory entry");
_Static_assert(sizeof(sqfs_blocklist) == 64, "list of blocks");
_Static_assert(sizeof(sqfs_xattr) == 120, "extended attribute");
