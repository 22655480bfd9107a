// facts.c - what an image says of itself, for people.
// SPDX-License-Identifier: MIT
#include <stddef.h>

#include "core/squash/image.h"

// The numbers of the format, and the bits of its flags, in the words of
// mksquashfs(1) and unsquashfs(1).
static const char *const methods[] = { NULL, "gzip", "lzma", "lzo",
                                       "xz", "lz4",  "zstd" };

static const struct {
    unsigned bit;
    const char *name;
} flags[] = {
    { 0, "uncompressed inodes" },
    { 1, "uncompressed data" },
    { 3, "uncompressed fragments" },
    { 4, "no fragments" },
    { 5, "always fragments" },
    { 6, "duplicates removed" },
    { 7, "exportable" },
    { 8, "uncompressed xattrs" },
    { 9, "no xattrs" },
    { 10, "compressor options" },
    { 11, "uncompressed ids" },
};

void squash_facts(const struct squash *image, struct squash_facts *facts)
{
    const struct squashfs_super_block *super = &image->format.sb;
    size_t count = 0;

    *facts = (struct squash_facts){ .method = "unknown",
                                    .bytes = super->bytes_used,
                                    .block_size = super->block_size,
                                    .inodes = super->inodes,
                                    .fragments = super->fragments,
                                    .made = super->mkfs_time };
    if (super->compression < sizeof methods / sizeof *methods &&
        methods[super->compression] != NULL)
        facts->method = methods[super->compression];
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
        if ((super->flags >> flags[i].bit & 1) != 0)
            facts->flags[count++] = flags[i].name;
}
