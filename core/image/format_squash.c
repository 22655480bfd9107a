// format_squash.c - the format "squash": a SquashFS image.
// SPDX-License-Identifier: MIT
#include "core/image/format.h"

#include "core/base/err.h"
#include "core/image/squash_describe.h"
#include "core/image/squash_read.h"
#include "core/image/squash_write.h"
#include "core/squash/reader.h"

static bool holds_squash(int fd)
{
    return squash_is_image(fd, 0);
}

static struct image_reader *read_squash(const struct format_input *input)
{
    return image_read_squash(input->fd, 0, input->path, input->counts);
}

static int describe_squash(const struct format_input *input,
                           struct json *object)
{
    return squash_describe(input->fd, 0, input->path, object);
}

struct image_writer *format_write_squash(const struct format_output *output)
{
    struct squash_write_options options = { .method = output->codec,
                                            .threads = output->threads,
                                            .has_time = output->has_time,
                                            .time = (uint32_t)output->time };

    if (output->level == 0) {
        failed(0, "--compress: a SquashFS image has no level 0");
        return NULL;
    }
    if (output->block_size > UINT32_MAX) {
        failed(0, "--block-size: it must be a power of 2 from 4K to 1M");
        return NULL;
    }
    options.block_size = (uint32_t)output->block_size;
    options.level = output->level > 0 ? output->level : 0;
    return image_write_squash(output->fd, &options, output->sort);
}

const struct image_format format_squash = {
    .names = { "squash", "squashfs", "sqfs" },
    .globs = { "*.sqfs", "*.squash", "*.squashfs", "*.squishy" },
    .blocks = true,
    .holds = holds_squash,
    .describe = describe_squash,
    .read = read_squash,
    .write = format_write_squash,
};
