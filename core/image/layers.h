// layers.h - an image of layers, read as one stream.
//
// Newest first, each once (layer_links.h tells when not): an entry that a newer
// layer has hidden is passed over, so nothing is written that would be removed
// again, and nothing has to be kept. For the order of entries this means: a
// directory may come after what is below it. Each name comes once, but for
// names that one layer has several times.
// SPDX-License-Identifier: MIT
#pragma once

#include <stddef.h>

#include "core/image/stream.h"

// Where layers come from; the first member of a struct of the caller's.
struct layer_source {
    const struct layer_source_ops *ops;
    size_t count; // of layers
};

struct layer_source_ops {
    // Read the layer, 0 being the newest. NULL after failed().
    struct image_reader *(*open)(struct layer_source *source, size_t layer);
    // The layer has been read: is it what it should be? 0, or -1 after
    // failed().
    int (*check)(struct layer_source *source, size_t layer);
    void (*close)(struct layer_source *source);
};

// Takes the source over, also when it fails. NULL after failed().
struct image_reader *image_read_layers(struct layer_source *source);
