// examine.h - an image looked at, and nothing made of it.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "core/base/json.h"
#include "core/base/str.h"
#include "core/image/compare.h"
#include "core/image/format.h"
#include "core/image/inventory.h"

struct examination {
    const struct format_place *place;
    const char *platform; // see format.h; or NULL
    const struct strlist *exclude;
    bool xattrs;
    bool devices;  // are a part of it
    bool progress; // tell it
};

// What is in the image, as it is. NULL after failed().
struct inventory *image_list(const struct examination *plan);

// What can be told of the image (info.h), which the caller frees. NULL after
// failed().
struct json *image_info(const struct examination *plan);

// What differs between two images is told to the sink. Both are taken as a
// conversion takes them: with the mount points that it adds, and without
// devices and what is below /dev, unless they are asked for. What one of the
// two can't have been given by a conversion is not compared:
//  - owners, the owner's permissions of directories, and extended attributes
//    that are not the user's, if one is a directory and the caller not root;
//  - of the configuration (config.h), how it is written, as conversions write
//    it anew, and what only images of layers have, if one does not have it.
//    What it means is, and is told as contents of the files below /ch that
//    trees have.
// 0, or -1 after failed().
int image_diff(const struct examination *a, const struct examination *b,
               unsigned kinds, struct difference_sink *sink);

struct verified {
    uint64_t files;
    uint64_t bytes;
    uint64_t damaged; // files
};

// Read all of it. Each damaged file is logged, if those after it can be read.
// 0, or -1 after failed(): something is damaged.
int image_verify(const struct examination *plan, struct verified *verified);
