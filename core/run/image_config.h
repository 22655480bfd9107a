// image_config.h - an image that is to be run by what it says itself.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdbool.h>

#include "core/base/str.h"

struct image_wish {
    const char *image; // as ch-run takes one
    bool rootless;     // for the caller, an ordinary user
    bool plain;        // no namespaces but those that a root takes
    bool writable;     // the root, for a layer is put upon it
    // arguments behind the image's entrypoint, in the place of its command
    char *const *args;
    struct strlist environment; // NAME=VALUE, besides the image's own
};

#define IMAGE_ANNOTATION "ch.image" // for what is no directory or SquashFS file

// A config.json for it, whose root is the image where it is. The text is the
// caller's to free; NULL after failed().
char *image_config_text(const struct image_wish *wish);
