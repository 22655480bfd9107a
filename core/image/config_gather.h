// config_gather.h - a stream whose configuration is taken out of it.
// SPDX-License-Identifier: MIT
#pragma once

#include "core/image/config.h"
#include "core/image/stream.h"

// Read on without the files below /ch that hold the configuration
// (config_files.h): in formats that have a place of their own for it, files of
// the same would be stale as soon as somebody changes it there. The lists of
// users are kept for it, and stay in the stream. At the end of
// the stream "config" is filled, which must stay, and is the caller's to free.
// Takes over the reader. NULL after failed().
struct image_reader *image_gather_config(struct image_reader *reader,
                                         struct image_config *config);
