// config.h - what an image says about how to run it.
//
// The "config" of OCI's image-spec, config.md; Docker's is the same. In a tree
// of files it is kept as Charliecloud does: /ch/environment, /ch/entrypoint and
// /ch/cmd, which ch-run reads (core/run/argfile.h).
// SPDX-License-Identifier: MIT
#pragma once

#include "core/base/json.h"
#include "core/base/str.h"
#include "core/image/stream.h"

struct image_config {
    struct strlist environment; // NAME=VALUE
    struct strlist entrypoint;
    struct strlist command;
    struct strlist labels; // NAME=VALUE
    char *directory;       // or NULL
    char *user;            // or NULL
};

// From the whole of an image's configuration. 0, or -1 after failed().
int config_parse(const struct json *json, struct image_config *config);

void config_free(struct image_config *config);

// The files below /ch, as a stream. NULL after failed().
struct image_reader *image_read_config(const struct image_config *config);
