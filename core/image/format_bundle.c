// format_bundle.c - the format "bundle": what OCI's runtimes run.
// SPDX-License-Identifier: MIT
#include "core/image/format.h"

#include "core/image/bundle.h"

static struct image_reader *read_bundle(const struct format_input *input)
{
    struct dir_read_options options = { .xattrs = input->xattrs,
                                        .exclude = input->exclude,
                                        .output = input->output };

    return image_read_bundle(input->fd, &options);
}

// The root is a directory, as all runtimes take it; if it is to be compressed,
// a file.
static struct image_writer *write_bundle(const struct format_output *output)
{
    struct bundle_root root = { .file = output->codec != NULL };
    struct format_output inner = *output;

    if (bundle_make_root(output->fd, &root) < 0)
        return NULL;
    inner.fd = root.fd;
    return image_write_bundle(root.file ? format_write_squash(&inner)
                                        : format_write_dir(&inner),
                              output->fd, &root, output->config);
}

const struct image_format format_bundle = {
    .names = { "bundle" },
    .holds = bundle_is,
    .directory = true,
    .tree = true,
    .configured = true,
    .replaceable = bundle_is,
    .read = read_bundle,
    .write = write_bundle,
};
