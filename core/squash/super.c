// super.c - the first 96 bytes of an image: what they say is checked before
// anything believes it.
// SPDX-License-Identifier: MIT
#include "core/squash/super.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/squash/image.h"
#include "core/squash/workbench.h"

// A table as the super block describes it: a list, 8 bytes for each 8 KiB of
// entries, which must lie within the image.
struct table {
    const char *name;
    uint64_t start;
    uint64_t bytes; // of all its entries
};

static int check_kind(const struct squashfs_super_block *super)
{
    if (super->s_magic == __builtin_bswap32(SQUASHFS_MAGIC))
        return failed(0, "a SquashFS in big-endian byte order, which only "
                         "versions before 4.0 had; make it anew");
    if (super->s_magic != SQUASHFS_MAGIC)
        return failed(0, "not a SquashFS image");
    if (super->s_major != SQUASHFS_MAJOR || super->s_minor != SQUASHFS_MINOR)
        return failed(0,
                      "SquashFS version %u.%u is not supported, only 4.0; "
                      "make the image anew",
                      super->s_major, super->s_minor);
    if (codec_find(super->compression) == NULL)
        return failed(0,
                      "compression method %u is not supported, only gzip, "
                      "lzo, xz, lz4 and zstd",
                      super->compression);
    return 0;
}

static int check_sizes(const struct squashfs_super_block *super, uint64_t there)
{
    if (super->block_log < 12 || super->block_log > SQUASHFS_FILE_MAX_LOG ||
        super->block_size != 1U << super->block_log)
        return failed(0, "damaged: a block size of %u bytes",
                      super->block_size);
    if (super->bytes_used < sizeof *super)
        return failed(0, "damaged: a length of %llu bytes",
                      (unsigned long long)super->bytes_used);
    if (super->bytes_used > there)
        return failed(0,
                      "truncated: %llu of %llu bytes are there; "
                      "copy it again",
                      (unsigned long long)there,
                      (unsigned long long)super->bytes_used);
    if (super->no_ids == 0)
        return failed(0, "damaged: no table of owners");
    return 0;
}

static int check_places(const struct squashfs_super_block *super)
{
    const struct table tables[] = {
        { "owners", super->id_table_start, super->no_ids * sizeof(uint32_t) },
        { "fragments", super->fragment_table_start,
          super->fragments * sizeof(struct squashfs_fragment_entry) },
        { "inodes", super->inode_table_start, 1 },
        { "directories", super->directory_table_start, 1 },
    };

    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        const struct table *table = &tables[i];
        uint64_t list = sqfs_divceil(table->bytes, SQUASHFS_METADATA_SIZE) * 8;

        if (list > 0 &&
            (table->start < sizeof *super || table->start > super->bytes_used ||
             list > super->bytes_used - table->start))
            return failed(0, "damaged: the table of %s is not in the image",
                          table->name);
    }
    return 0;
}

int super_read(int fd, uint64_t offset, struct squashfs_super_block *super)
{
    struct stat st;
    off_t end;

    if (fstat(fd, &st) < 0)
        return failed(errno, "can't stat it");
    if (S_ISDIR(st.st_mode))
        return failed(0, "it is a directory");
    // Block devices have no size in stat(2).
    end = S_ISBLK(st.st_mode) ? lseek(fd, 0, SEEK_END) : st.st_size;
    if (end < 0)
        return failed(errno, "can't find out its size");
    if ((uint64_t)end < offset || (uint64_t)end - offset < sizeof *super)
        return failed(0, "not a SquashFS image");
    if (read_fully(fd, super, sizeof *super, offset) < 0)
        return failed(errno, "can't read its first block");
    if (check_kind(super) < 0)
        return -1;
    if (check_sizes(super, (uint64_t)end - offset) < 0)
        return -1;
    return check_places(super);
}
