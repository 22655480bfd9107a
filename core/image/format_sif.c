// format_sif.c - the format "sif": Apptainer's, whose system is a SquashFS.
// SPDX-License-Identifier: MIT
#include "core/image/format.h"

#include "core/image/sif.h"
#include "core/image/squash_describe.h"
#include "core/image/squash_read.h"

static struct image_reader *read_sif(const struct format_input *input)
{
    uint64_t offset;

    if (sif_find(input->fd, input->path, &offset) < 0)
        return NULL;
    return image_read_squash(input->fd, offset, input->path, input->counts);
}

static int describe_sif(const struct format_input *input, struct json *object)
{
    uint64_t offset;

    if (sif_find(input->fd, input->path, &offset) < 0)
        return -1;
    json_add_number(object, "offset", (double)offset);
    return squash_describe(input->fd, offset, input->path, object);
}

const struct image_format format_sif = {
    .names = { "sif" },
    .globs = { "*.sif" },
    .holds = sif_is,
    .describe = describe_sif,
    .read = read_sif,
};
