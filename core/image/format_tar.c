// format_tar.c - the format "tar": an archive of a tree, compressed or not.
// SPDX-License-Identifier: MIT
#include "core/image/format.h"

#include <string.h>

#include "core/image/codec.h"
#include "core/image/tar_read.h"
#include "core/image/tar_write.h"

static struct image_reader *read_tar(const struct format_input *input)
{
    return image_read_tar(input->fd);
}

static int describe_tar(const struct format_input *input, struct json *object)
{
    const char *codec = tar_codec(input->fd);

    json_add_string(object, "compression", codec != NULL ? codec : "none");
    return 0;
}

// As the file's name says; else as Charliecloud does it, but not into a pipe.
static const char *usual_codec(const char *path)
{
    const struct codec *codec = codec_for_file(path);

    if (codec != NULL)
        return codec->name;
    return strcmp(path, "-") == 0 ? "none" : "gzip";
}

static struct image_writer *write_tar(const struct format_output *output)
{
    static const char *const allowed[] = { "none", "gzip", "zstd",
                                           "xz",   "lz4",  NULL };
    struct pack_options options = { .fd = output->fd,
                                    .threads = output->threads };

    options.codec = format_codec(output, allowed, usual_codec(output->path),
                                 &options.level);
    return options.codec == NULL ? NULL : image_write_tar(&options);
}

const struct image_format format_tar = {
    .names = { "tar" },
    .globs = { "*.tar", "*.t?z", "*.tar.?", "*.tar.??", "*.tar.???", "*.tzst",
               "*.tlz4" },
    .holds = tar_may_be,
    .pipes = true,
    .single = true,
    .describe = describe_tar,
    .read = read_tar,
    .write = write_tar,
};
