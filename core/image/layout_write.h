// layout_write.h - a stream written as an image of a single layer.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdbool.h>
#include <time.h>

#include "core/image/blob_write.h"
#include "core/image/config.h"
#include "core/image/layout.h"
#include "core/image/pack.h"
#include "core/image/stream.h"

struct layout_write_options {
    enum layout_kind kind;
    const char *tag;      // what the image is called there, or NULL
    const char *platform; // NULL: as the configuration says, or this machine's
    const struct image_config *config; // read by finish(), and not before
    struct pack_options pack;          // without a descriptor
    bool has_time;                     // it is no newer than
    time_t time;
    const char *path; // of a directory: if there is a layout, the new one has
                      // its images too, but for that of the same tag; or NULL
    int parent;       // of the path; or -1
    int dir;          // that it is written into; or -1
    bool no_clobber;  // an image of the same tag is an error
};

// Takes over the writer of blobs, which may be NULL after failed(). NULL after
// failed().
struct image_writer *image_write_layout(
    struct blob_writer *blobs, const struct layout_write_options *options);
