// format_layers.c - the formats of images that are made of layers: "oci", a
// layout in a directory, "oci-archive", a tar of one, and "docker-archive".
// SPDX-License-Identifier: MIT
#include "core/image/format.h"

#include "core/base/err.h"
#include "core/image/layout.h"
#include "core/image/layout_read.h"

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

    return blobs == NULL ? NULL : image_read_layout(blobs, &choice, NULL);
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

const struct image_format format_oci = {
    .names = { "oci" },
    .holds = holds_layout,
    .directory = true,
    .tags = true,
    .configured = true,
    .replaceable = is_oci,
    .read = read_layout,
};

const struct image_format format_oci_archive = {
    .names = { "oci-archive" },
    .holds = holds_oci_archive,
    .pipes = true,
    .tags = true,
    .configured = true,
    .read = read_archive,
};

const struct image_format format_docker_archive = {
    .names = { "docker-archive" },
    .holds = holds_docker_archive,
    .pipes = true,
    .tags = true,
    .configured = true,
    .read = read_archive,
};
