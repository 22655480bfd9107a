// format_layers.c - the formats of images that are made of layers: "oci", a
// layout in a directory, "oci-archive", a tar of one, and "docker-archive".
// SPDX-License-Identifier: MIT
#include "core/image/format.h"

#include "core/base/err.h"
#include "core/image/layout.h"
#include "core/image/layout_describe.h"
#include "core/image/layout_read.h"
#include "core/image/layout_write.h"

// Of what "docker save" writes, too, when it is unpacked.
static bool holds_layout(int dir)
{
    return layout_kind(dir) != LAYOUT_NONE;
}

static bool is_oci(int dir)
{
    return layout_kind(dir) == LAYOUT_OCI;
}

static bool holds_oci_archive(int fd)
{
    return layout_archive_kind(fd) == LAYOUT_OCI;
}

static bool holds_docker_archive(int fd)
{
    return layout_archive_kind(fd) == LAYOUT_DOCKER;
}

static struct image_reader *read_blobs(const struct format_input *input,
                                       struct blobs *blobs)
{
    struct image_choice choice = { .tag = input->tag,
                                   .platform = input->platform };

    return blobs == NULL
               ? NULL
               : image_read_layout(blobs, &choice, NULL, input->counts);
}

static struct image_reader *read_layout(const struct format_input *input)
{
    return read_blobs(input, blobs_open_dir(input->fd));
}

static struct image_reader *read_archive(const struct format_input *input)
{
    bool other;
    struct blobs *blobs = blobs_open_archive(input->fd, &other);

    if (blobs == NULL && other)
        failed(0, "not an archive of layers");
    return read_blobs(input, blobs);
}

static struct image_writer *write_blobs(const struct format_output *output,
                                        struct layout_write_options *options,
                                        const char *codec)
{
    static const char *const allowed[] = { "none", "gzip", "zstd", NULL };
    struct pack_options *pack = &options->pack;
    struct blob_writer *blobs;

    pack->threads = output->threads;
    pack->codec = format_codec(output, allowed, codec, &pack->level);
    if (pack->codec == NULL)
        return NULL;
    options->tag = output->tag;
    options->platform = output->platform;
    options->config = output->config;
    options->has_time = output->has_time;
    options->time = output->time;
    blobs = options->dir >= 0 ? blob_write_dir(options->dir)
                              : blob_write_archive(output->fd);
    return image_write_layout(blobs, options);
}

// An image that has a tag joins others; one that has none takes their place.
static struct image_writer *write_layout(const struct format_output *output)
{
    struct layout_write_options options = { .kind = LAYOUT_OCI,
                                            .parent = output->parent,
                                            .dir = output->fd,
                                            .no_clobber = output->no_clobber };

    if (output->tag != NULL)
        options.path = output->path;
    return write_blobs(output, &options, "gzip");
}

static struct image_writer *write_oci_archive(
    const struct format_output *output)
{
    struct layout_write_options options = { .kind = LAYOUT_OCI, .dir = -1 };

    return write_blobs(output, &options, "gzip");
}

// Docker itself does not compress what it saves.
struct image_writer *format_write_docker_archive(
    const struct format_output *output)
{
    struct layout_write_options options = { .kind = LAYOUT_DOCKER, .dir = -1 };

    return write_blobs(output, &options, "none");
}

static int describe_blobs(const struct format_input *input, struct blobs *blobs,
                          struct json *object)
{
    struct image_choice choice = { .tag = input->tag,
                                   .platform = input->platform };
    int status = blobs == NULL ? -1 : layout_describe(blobs, &choice, object);

    blobs_close(&blobs);
    return status;
}

static int describe_layout(const struct format_input *input,
                           struct json *object)
{
    return describe_blobs(input, blobs_open_dir(input->fd), object);
}

static int describe_archive(const struct format_input *input,
                            struct json *object)
{
    bool other;

    return describe_blobs(input, blobs_open_archive(input->fd, &other), object);
}

const struct image_format format_oci = {
    .names = { "oci" },
    .holds = holds_layout,
    .directory = true,
    .tags = true,
    .adds = true,
    .configured = true,
    .replaceable = is_oci,
    .describe = describe_layout,
    .read = read_layout,
    .write = write_layout,
};

const struct image_format format_oci_archive = {
    .names = { "oci-archive" },
    .holds = holds_oci_archive,
    .pipes = true,
    .tags = true,
    .configured = true,
    .describe = describe_archive,
    .read = read_archive,
    .write = write_oci_archive,
};

const struct image_format format_docker_archive = {
    .names = { "docker-archive" },
    .holds = holds_docker_archive,
    .pipes = true,
    .tags = true,
    .configured = true,
    .describe = describe_archive,
    .read = read_archive,
    .write = format_write_docker_archive,
};
