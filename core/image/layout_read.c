// layout_read.c - an OCI layout or a docker archive, read as a stream.
//
// What the configuration says is a layer of its own, on top of the others.
// SPDX-License-Identifier: MIT
#include "core/image/layout_read.h"

#include <errno.h>
#include <stdlib.h>

#include "core/base/err.h"
#include "core/base/log.h"
#include "core/image/layers.h"
#include "core/image/tar_read.h"
#include "core/image/verify.h"

struct layout {
    struct layer_source source; // first: a source is cast to this
    struct blobs *blobs;
    struct manifest manifest;
    struct image_config config;
    struct verify *verify;
    struct blob blob; // of the layer that is read
    struct progress_counts *counts;
};

static const struct image_layer *layer_at(const struct layout *layout,
                                          size_t age)
{
    return &layout->manifest.layers[layout->manifest.count - age];
}

static struct image_reader *open_layer(struct layer_source *source, size_t age)
{
    struct layout *layout = (struct layout *)source;
    const struct image_layer *layer;
    struct feed_part part;

    if (age == 0)
        return image_read_config(&layout->config);
    layer = layer_at(layout, age);
    log_step("layer %s", layer->name);
    blob_close(&layout->blob);
    if (blobs_open(layout->blobs, layer->name, &layout->blob) < 0)
        return NULL;
    part = (struct feed_part){ layout->blob.fd, layout->blob.offset,
                               layout->blob.size,
                               layout->counts != NULL ? &layout->counts->at
                                                      : NULL };
    return image_read_tar_part(&part);
}

static int check_layer(struct layer_source *source, size_t age)
{
    struct layout *layout = (struct layout *)source;

    return age == 0 ? 0 : verify_wait(layout->verify, age - 1);
}

static void close_layout(struct layer_source *source)
{
    struct layout *layout = (struct layout *)source;

    verify_close(layout->verify);
    blob_close(&layout->blob);
    config_free(&layout->config);
    manifest_free(&layout->manifest);
    blobs_close(&layout->blobs);
    free(layout);
}

static const struct layer_source_ops layout_ops = { open_layer, check_layer,
                                                    close_layout };

static int count_sizes(struct layout *layout)
{
    for (size_t i = 0; i < layout->manifest.count; i++) {
        cleanup_blob struct blob blob = { .fd = -1 };

        if (blobs_open(layout->blobs, layout->manifest.layers[i].name, &blob) <
            0)
            return -1;
        layout->counts->size += blob.size;
    }
    return 0;
}

static int prepare(struct layout *layout, const struct image_choice *choice,
                   struct image_config *config)
{
    if (manifest_read(layout->blobs, choice, &layout->manifest) < 0)
        return -1;
    if (config_parse(layout->manifest.config, &layout->config) < 0 ||
        (config != NULL && config_parse(layout->manifest.config, config) < 0))
        return -1;
    layout->source.count = layout->manifest.count + 1;
    if (layout->counts != NULL && count_sizes(layout) < 0)
        return -1;
    layout->verify = verify_open(layout->blobs, &layout->manifest);
    return layout->verify == NULL ? -1 : 0;
}

struct image_reader *image_read_layout(struct blobs *blobs,
                                       const struct image_choice *choice,
                                       struct image_config *config,
                                       struct progress_counts *counts)
{
    struct layout *layout = calloc(1, sizeof *layout);

    if (layout == NULL) {
        failed(errno, "can't read an image");
        blobs_close(&blobs);
        return NULL;
    }
    layout->source.ops = &layout_ops;
    layout->blobs = blobs;
    layout->blob.fd = -1;
    layout->counts = counts;
    if (prepare(layout, choice, config) == 0)
        return image_read_layers(&layout->source);
    close_layout(&layout->source);
    return NULL;
}
