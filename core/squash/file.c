// file.c - the bytes of a file, in pieces that lie in unpacked blocks.
// SPDX-License-Identifier: MIT
#include <errno.h>
#include <string.h>

#include "core/squash/image.h"

// Who reads as much at once, up to the end of a block, has read all of it
// before, and the kernel keeps that. (It asks for 128 KiB, or for the half
// first.)
enum { READ_ON = 64 << 10 };

// A file while a range of it is mapped.
struct cut {
    struct squash *image;
    uint64_t id;
    struct sqfs_inode inode;
    uint64_t size;
    uint64_t blocks; // without the fragment
    sqfs_blocklist list;
    uint64_t at, end; // of the range: what is still to be mapped
    struct squash_pieces *pieces;
};

static int damaged(void)
{
    errno = EIO;
    return -1;
}

static void add_piece(struct cut *cut, struct squash_block *block,
                      struct iovec bytes)
{
    struct squash_pieces *pieces = cut->pieces;

    pieces->iov[pieces->count] = bytes;
    pieces->blocks[pieces->count++] = block;
    pieces->bytes += bytes.iov_len;
    cut->at += bytes.iov_len;
}

// The next block of the list, which holds the place where the cut is.
static int map_block(struct cut *cut)
{
    struct squash *image = cut->image;
    uint64_t start = cut->at - cut->at % image->block_size;
    uint64_t size = cut->size - start;
    uint64_t from = cut->at - start, length;
    struct squash_block *block = NULL;
    struct extent extent;

    if (sqfs_blocklist_next(&cut->list) != SQFS_OK)
        return damaged();
    if (size > image->block_size)
        size = image->block_size;
    length = (cut->end < start + size ? cut->end - start : size) - from;
    extent =
        (struct extent){ .pos = cut->list.block,
                         .size = (uint32_t)size,
                         .from = (uint32_t)from,
                         .length = (uint32_t)length,
                         .last = from + length == size && length >= READ_ON };
    sqfs_data_header(cut->list.header, &extent.compressed, &extent.packed);
    if (extent.packed == 0) {
        add_piece(cut, NULL, (struct iovec){ image->zeros, length });
        return 0;
    }
    if (length == size)
        block = block_get_once(image, &extent);
    else
        block = block_get(image, &extent);
    if (block == NULL)
        return -1;
    // Found in the cache by its position, it may be another than was meant.
    if (block->size != size) {
        block_put(image, block);
        return damaged();
    }
    add_piece(cut, block, (struct iovec){ block->data + from, length });
    return 0;
}

static int find_fragment(struct squash *image, uint32_t index,
                         struct extent *extent)
{
    struct squashfs_fragment_entry entry;

    if (sqfs_frag_entry(&image->format, &entry, index) != SQFS_OK)
        return damaged();
    *extent = (struct extent){ .pos = entry.start_block };
    sqfs_data_header(entry.size, &extent->compressed, &extent->packed);
    return 0;
}

// The end of the file, which lies in a block together with other files' ends.
static int map_fragment(struct cut *cut)
{
    struct squash *image = cut->image;
    struct extent extent;
    uint64_t from = cut->at - cut->blocks * image->block_size +
                    cut->inode.xtra.reg.frag_off;
    uint64_t length = cut->end - cut->at;
    struct squash_block *block;

    if (from + length > image->block_size)
        return damaged();
    if (find_fragment(image, cut->inode.xtra.reg.frag_idx, &extent) < 0)
        return -1;
    ahead_note(&image->ahead, cut->inode.xtra.reg.frag_idx);
    extent.from = (uint32_t)from;
    extent.length = (uint32_t)length;
    block = block_get(image, &extent);
    if (block == NULL)
        return -1;
    if (from + length > block->size) {
        block_put(image, block);
        return damaged();
    }
    add_piece(cut, block, (struct iovec){ block->data + from, length });
    return 0;
}

static int cut_begin(struct cut *cut, const struct squash_range *range)
{
    uint64_t first = range->offset / cut->image->block_size;

    if (image_inode(cut->image, range->id, &cut->inode) < 0)
        return -1;
    if (!S_ISREG(cut->inode.base.mode)) {
        errno = S_ISDIR(cut->inode.base.mode) ? EISDIR : EINVAL;
        return -1;
    }
    cut->size = cut->inode.xtra.reg.file_size;
    if (cut->size > INT64_MAX)
        return damaged();
    cut->blocks = sqfs_blocklist_count(&cut->image->format, &cut->inode);
    cut->at = range->offset;
    cut->end = cut->size;
    if (range->offset >= cut->size)
        cut->end = cut->at;
    else if (range->size < cut->size - range->offset)
        cut->end = range->offset + range->size;
    if (cut->at == cut->end || first >= cut->blocks)
        return 0;
    return index_seek(cut->image, cut->id, &cut->inode, first, &cut->list);
}

int squash_map(struct squash *image, const struct squash_range *range,
               struct squash_pieces *pieces)
{
    struct cut cut = { .image = image, .id = range->id, .pieces = pieces };
    int result;

    pieces->bytes = 0;
    pieces->count = 0;
    result = cut_begin(&cut, range);
    while (result == 0 && cut.at < cut.end && pieces->count < SQUASH_PIECES) {
        if (cut.at / image->block_size < cut.blocks)
            result = map_block(&cut);
        else
            result = map_fragment(&cut);
    }
    if (result < 0)
        squash_release(image, pieces);
    return result;
}

void squash_ahead(struct squash *image)
{
    uint32_t fragment = ahead_take(&image->ahead);
    struct squash_block *block = NULL;
    struct extent extent;

    if (fragment != 0 && find_fragment(image, fragment, &extent) == 0)
        block = block_get(image, &extent);
    if (block != NULL)
        block_put(image, block);
}

// Pass over the block, or the fragment, where the cut is: is it a hole? 1, 0,
// or -1 with errno.
static int pass_over(struct cut *cut)
{
    uint64_t block = cut->at / cut->image->block_size;
    bool compressed;
    uint32_t packed;

    if (block >= cut->blocks) {
        cut->at = cut->end;
        return 0;
    }
    if (sqfs_blocklist_next(&cut->list) != SQFS_OK)
        return damaged();
    sqfs_data_header(cut->list.header, &compressed, &packed);
    cut->at = (block + 1) * cut->image->block_size;
    if (cut->at > cut->end)
        cut->at = cut->end;
    return packed == 0;
}

int squash_find_data(struct squash *image, const struct squash_range *range,
                     struct squash_range *data)
{
    struct cut cut = { .image = image, .id = range->id };
    int hole = 0;

    *data = (struct squash_range){ .id = range->id };
    if (cut_begin(&cut, range) < 0)
        return -1;
    while (cut.at < cut.end) {
        uint64_t from = cut.at;

        hole = pass_over(&cut);
        if (hole < 0 || (hole > 0 && data->size > 0))
            break;
        if (hole > 0)
            continue;
        if (data->size == 0)
            data->offset = from;
        data->size = cut.at - data->offset;
    }
    return hole < 0 ? -1 : 0;
}

void squash_release(struct squash *image, struct squash_pieces *pieces)
{
    int saved = errno;

    for (int i = 0; i < pieces->count; i++) {
        if (pieces->blocks[i] != NULL)
            block_put(image, pieces->blocks[i]);
    }
    pieces->count = 0;
    errno = saved;
}

ssize_t squash_read(struct squash *image, uint64_t id, uint64_t offset,
                    struct iovec into)
{
    struct squash_range range = { id, offset, into.iov_len };
    struct squash_pieces pieces;
    char *at = into.iov_base;

    while (range.size > 0) {
        if (squash_map(image, &range, &pieces) < 0)
            return -1;
        if (pieces.bytes == 0)
            break;
        for (int i = 0; i < pieces.count; i++) {
            memcpy(at, pieces.iov[i].iov_base, pieces.iov[i].iov_len);
            at += pieces.iov[i].iov_len;
        }
        squash_release(image, &pieces);
        range.offset += pieces.bytes;
        range.size -= pieces.bytes;
    }
    return at - (char *)into.iov_base;
}
