// config_of.h - what an image says about how to run it, asked of the image
// alone.
//
// Of a tree that can be looked into, just the files that say it are read; of an
// image of layers, its configuration, and layers only for names of users; of a
// tar archive all, as it has no list of what is in it.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdint.h>

#include "core/image/config.h"
#include "core/image/manifest.h"

// Each 0, or -1 after failed(); config_free() in any case. Descriptors stay the
// caller's.
int config_of_directory(int dir, struct image_config *config);
int config_of_squashfs(int fd, const char *name, uint64_t offset,
                       struct image_config *config);
int config_of_layout(int dir, const struct image_choice *choice,
                     struct image_config *config);

// A tar archive, of files or of layers.
int config_of_archive(int fd, const struct image_choice *choice,
                      struct image_config *config);
