// squash_describe.c - what a SquashFS image says of itself.
// SPDX-License-Identifier: MIT
#include "core/image/squash_describe.h"

#include "core/squash/reader.h"

int squash_describe(int fd, uint64_t offset, const char *name,
                    struct json *object)
{
    struct squash_options options = { .name = name, .offset = offset };
    struct squash *image = squash_open(fd, &options);
    struct squash_facts facts;
    struct json *flags;

    if (image == NULL)
        return -1;
    squash_facts(image, &facts);
    squash_close(image);
    json_add_string(object, "compression", facts.method);
    json_add_number(object, "blockSize", facts.block_size);
    json_add_number(object, "inodes", facts.inodes);
    json_add_number(object, "fragments", facts.fragments);
    json_add_number(object, "made", facts.made);
    flags = json_add_array(object, "flags");
    for (size_t i = 0; facts.flags[i] != NULL; i++)
        json_append_string(flags, facts.flags[i]);
    return 0;
}
