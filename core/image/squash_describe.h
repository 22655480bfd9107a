// squash_describe.h - what a SquashFS image says of itself.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdint.h>

#include "core/base/json.h"

// Add it to the object. The image is "offset" bytes into the file; "name" is
// for messages. 0, or -1 after failed().
int squash_describe(int fd, uint64_t offset, const char *name,
                    struct json *object);
