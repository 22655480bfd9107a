// layout_read.h - an OCI layout or a docker archive, read as a stream.
// SPDX-License-Identifier: MIT
#pragma once

#include "core/base/progress.h"
#include "core/image/blobs.h"
#include "core/image/config_files.h"
#include "core/image/manifest.h"
#include "core/image/stream.h"

// The tree that the layers of the chosen image make, and below /ch what its
// configuration says. Digests are verified on the way: what was read is sound
// only when the end was reached. Takes the blobs over, also when it fails.
// "config" is filled for the caller to free, and "counts" told how far it is;
// both may be NULL. NULL after failed().
struct image_reader *image_read_layout(struct blobs *blobs,
                                       const struct image_choice *choice,
                                       struct image_config *config,
                                       struct progress_counts *counts);
