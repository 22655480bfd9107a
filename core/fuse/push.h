// push.h - bytes given to the kernel before it asks for them.
//
// The ends of many small files share one block, a fragment. Once it is unpacked
// for one of them, the others that the kernel knows of are at hand: they are
// stored into its page cache (FUSE_NOTIFY_STORE), so that no request for them
// ever comes. For a tree of small files that is most of the requests.
//
// Likewise the rest of a block of which a part was asked for: as the kernel's
// own SquashFS does, for the next read near by.
// SPDX-License-Identifier: MIT
#pragma once

#include "core/fuse/lowlevel.h"
#include "core/squash/reader.h"

struct pusher;

// NULL after failed().
struct pusher *push_new(struct squash *image, struct fuse_session *session);

// End its thread, once the kernel has let go of the file system.
void push_stop(struct pusher *pusher);
void push_free(struct pusher *pusher);

// The kernel gets to know this file.
void push_note(struct pusher *pusher, const struct squash_node *node,
               fuse_ino_t number);

// The fragment was read for file "number", and lies in this block.
void push_fragment(struct pusher *pusher, uint32_t fragment, fuse_ino_t number,
                   struct squash_block *block);

// A part of a block of a file was read.
struct push_part {
    fuse_ino_t number;
    uint64_t at; // in the file
    size_t size;
    struct squash_block *block;
};

void push_rest(struct pusher *pusher, const struct push_part *part);
