// resources.h - an object like linux.resources of config.json, from elsewhere.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdbool.h>

#include "core/base/json.h"

// From a file, or the standard input for "-". NULL after failed().
struct json *resources_read(const char *path);

// Add a value to a section; a number, or text as it is. 0, or -1 after
// failed().
int resources_add(struct json *resources, const char *section, const char *key,
                  const char *value, bool text);
