// squash_write.h - a stream written as a SquashFS image.
// SPDX-License-Identifier: MIT
#pragma once

#include "core/base/str.h"
#include "core/image/stream.h"
#include "core/squash/writer.h"

// Write to an empty file that can be sought in; the descriptor stays the
// caller's. Without finish() there is no image in it. Data of readers whose
// "parts" is set are fetched by the threads that compress them. Of these
// readers only, data can be sorted: of the files in the list first, which may
// be NULL, and in its order. NULL after failed().
struct image_writer *image_write_squash(
    int fd, const struct squash_write_options *options,
    const struct strlist *sort);
