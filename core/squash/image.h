// image.h - an open image, as the files of this room see it.
// SPDX-License-Identifier: MIT
#pragma once

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

#include "core/squash/ahead.h"
#include "core/squash/block.h"
#include "core/squash/dir.h"
#include "core/squash/format.h"
#include "core/squash/index.h"
#include "core/squash/meta.h"
#include "core/squash/reader.h"
#include "core/squash/strips.h"
#include "core/squash/workbench.h"

struct squash {
    struct sqfs format; // first: what libsquashfuse is handed is the image
    int fd;
    uint64_t offset; // of the SquashFS within the file
    uint64_t size;   // of the SquashFS; nothing is read beyond
    uint32_t block_size;
    uint32_t *ids; // owners, by the index that inodes have
    void *zeros;   // a block of them
    struct strips strips;
    struct ahead ahead;
    struct workbenches benches;
    struct meta_cache meta;
    struct block_cache blocks;
    struct dir_cache dirs;
    struct block_index index;
    _Atomic uint64_t reads;
    _Atomic uint64_t bytes_read;
    _Atomic uint64_t metadata;
};

// Read exactly "size" bytes at "pos" of the SquashFS. 0, or -1 with EIO: the
// image ends before, or cannot be read.
int image_read(struct squash *image, void *buf, size_t size, uint64_t pos);

// The same for a plain descriptor.
int read_fully(int fd, void *buf, size_t size, uint64_t pos);

// The inode, its mode made to agree with its type. 0, or -1 with EIO.
int image_inode(struct squash *image, uint64_t id, struct sqfs_inode *inode);
