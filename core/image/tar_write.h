// tar_write.h - a stream written as a tar archive, compressed or not.
// SPDX-License-Identifier: MIT
#pragma once

#include "core/image/pack.h"
#include "core/image/stream.h"

// In pax's format, which has room for all that an entry tells. Sockets are left
// out, as tar knows none. NULL after failed().
struct image_writer *image_write_tar(const struct pack_options *options);
