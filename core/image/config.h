// config.h - what an image says about how to run it.
//
// The "config" of OCI's image-spec, config.md; Docker's is the same. How it is
// kept in a tree of files: config_files.h.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdbool.h>
#include <time.h>

#include "core/base/json.h"
#include "core/base/str.h"
#include "core/image/platform.h"

struct image_config {
    struct strlist environment; // NAME=VALUE
    struct strlist entrypoint;
    struct strlist command;
    struct strlist labels; // NAME=VALUE
    char *directory;       // or NULL
    char *user;            // or NULL
    // All of the above and what else the configuration said, but of what layers
    // the image consists; or NULL.
    struct json *document;
    // Texts of /etc/passwd and /etc/group of the image, for the names of users,
    // or NULL; config_gather.h has them.
    char *passwd, *group;
};

// From the whole of an image's configuration. 0, or -1 after failed().
int config_parse(const struct json *json, struct image_config *config);

// The document again, with environment, entrypoint and command as they are now.
// The caller frees.
struct json *config_document(const struct image_config *config);

// The platform that it is for: false when it does not say.
bool config_platform(const struct image_config *config,
                     struct platform *platform);

// When the image was made; false when it does not say.
bool config_created(const struct image_config *config, time_t *time);

void config_free(struct image_config *config);
