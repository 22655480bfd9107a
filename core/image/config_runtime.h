// config_runtime.h - what an image says about how to run it, as a bundle's
// config.json says it.
// SPDX-License-Identifier: MIT
#pragma once

#include "core/base/runtime_config.h"
#include "core/image/config.h"

// Fill arguments, environment, directory, user and annotations (OCI's
// image-spec, conversion.md). What is in "args" already takes the place of the
// image's command, and follows its entrypoint. Strings of "from" are borrowed.
// 0, or -1 after failed(); config_runtime_free() in any case.
int config_runtime(const struct image_config *from, struct runtime_config *to);
void config_runtime_free(struct runtime_config *config);
