// overlay.h - a root that seems writable, or that brings earlier changes.
// SPDX-License-Identifier: MIT
#pragma once

#include "core/run/container.h"
#include "core/run/layer.h"

struct overlay {
    const struct container *plan;
    struct layer *layer; // see layer_open(); it may be none
    int image;           // its root, as it is so far (O_PATH)
    int scratch;         // a tmpfs: for changes that go, and the mount point
};

// Does the plan ask for one?
bool overlay_wanted(const struct container *plan);

// Mount it within the scratch. The new root, or -1 after failed().
int overlay_mount(const struct overlay *o);
