// inodes.h - inodes and directories of an image that is being written.
//
// All that stands behind the data: the library knows the format, this the
// order.
// SPDX-License-Identifier: MIT
#pragma once

#include "core/squash/compressor.h"
#include "core/squash/data.h"
#include "core/squash/new_tree.h"
#include "core/squash/outfile.h"

#include <sqfs/super.h>

struct sqfs_xattr_writer_t;

struct inodes_parts {
    struct outfile *out;
    const struct compressor *compressor;
    struct new_tree *tree;
    const struct data *data;
    struct sqfs_xattr_writer_t *xattrs; // NULL: none
    sqfs_super_t *super;                // is filled in
};

// Write them at the output's position. 0, or -1 after failed().
int inodes_write(const struct inodes_parts *parts);
