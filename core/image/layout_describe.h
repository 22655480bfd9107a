// layout_describe.h - of what layers an image consists, for people.
// SPDX-License-Identifier: MIT
#pragma once

#include "core/base/json.h"
#include "core/image/blobs.h"
#include "core/image/manifest.h"

// Add it to the object; the blobs stay the caller's. 0, or -1 after failed().
int layout_describe(const struct blobs *blobs,
                    const struct image_choice *choice, struct json *object);
