// info.h - what can be told of an image.
// SPDX-License-Identifier: MIT
#pragma once

#include "core/base/json.h"
#include "core/image/config.h"
#include "core/image/format.h"
#include "core/image/inventory.h"

// An object, which the caller frees: of the file at the place, of what its
// format tells (format.h), of its configuration and its files. NULL after
// failed().
struct json *info_make(const struct format_place *place, const char *platform,
                       const struct image_config *config,
                       const struct inventory_totals *totals);
