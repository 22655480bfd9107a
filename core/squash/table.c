// table.c - sqfs_table_*(), by which libsquashfuse looks up owners, fragments
// and lists of extended attributes, and sqfs_pread(), by which it reads.
//
// The library's own take any index (0.5.2); these, in its place, check it. A
// table is a list of positions of metadata blocks. sqfs_table has a pointer for
// it and no place for its length, so the pointer is to a struct of ours.
// SPDX-License-Identifier: MIT
#include <stdlib.h>

#include "core/squash/image.h"

struct table {
    size_t count;
    uint64_t blocks[];
};

// Declared in a header of the library that is not installed.
ssize_t sqfs_pread(sqfs_fd_t fd, void *buf, size_t count, sqfs_off_t off);

static struct table *table_of(const sqfs_table *table)
{
    return (struct table *)table->blocks;
}

ssize_t sqfs_pread(sqfs_fd_t fd, void *buf, size_t count, sqfs_off_t off)
{
    return read_fully(fd, buf, count, (uint64_t)off) < 0 ? -1 : (ssize_t)count;
}

// Callers have checked that the list is within the image (super.c).
sqfs_err sqfs_table_init(sqfs_table *table, sqfs_fd_t fd, sqfs_off_t start,
                         size_t each, size_t count)
{
    size_t bytes =
        sqfs_divceil(each * count, SQUASHFS_METADATA_SIZE) * sizeof(uint64_t);
    struct table *t = malloc(sizeof *t + bytes);

    if (t == NULL)
        return SQFS_ERR;
    if (read_fully(fd, t->blocks, bytes, (uint64_t)start) < 0) {
        free(t);
        return SQFS_ERR;
    }
    t->count = count;
    table->each = each;
    table->blocks = (uint64_t *)t;
    return SQFS_OK;
}

void sqfs_table_destroy(sqfs_table *table)
{
    free(table_of(table));
    table->blocks = NULL;
}

sqfs_err sqfs_table_get(sqfs_table *table, sqfs *fs, size_t idx, void *buf)
{
    size_t at = idx * table->each;
    sqfs_md_cursor cur;

    if (table->blocks == NULL || idx >= table_of(table)->count)
        return SQFS_ERR;
    cur.block =
        (sqfs_off_t)table_of(table)->blocks[at / SQUASHFS_METADATA_SIZE];
    cur.offset = at % SQUASHFS_METADATA_SIZE;
    return sqfs_md_read(fs, &cur, buf, table->each);
}
