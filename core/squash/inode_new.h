// inode_new.h - the inode of what is no directory.
//
// Each kind has two forms: the longer one is for extended attributes, and of a
// file for several names, holes and sizes beyond 32 bits.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdint.h>

#include <sqfs/inode.h>

#include "core/squash/new_tree.h"

// Of the node all but mode, time, number and owner, which inodes.c sets; the
// sizes of a file's blocks are not behind it. The caller's to free. NULL: no
// memory.
sqfs_inode_generic_t *inode_new(const struct new_node *node,
                                uint32_t block_size);
