// show.h - what is known of a file, as words and as JSON.
// SPDX-License-Identifier: MIT
#pragma once

#include "core/base/json.h"
#include "core/image/inventory.h"

#define SHOW_MODE sizeof "-rwxr-xr-x"
#define SHOW_SIZE 48 // two numbers of 64 bits
#define SHOW_TIME 48

// As ls(1) has it. Returns "text".
const char *show_mode(char text[SHOW_MODE], const struct inventory_file *file);

// The permissions alone, as chmod(1) takes them. Returns "text".
const char *show_permissions(char text[SHOW_MODE],
                             const struct inventory_file *file);

// Bytes, or the numbers of a device, "major,minor". Returns "text".
const char *show_size(char text[SHOW_SIZE], const struct inventory_file *file);

// In UTC, by the second. Returns "text".
const char *show_time(char text[SHOW_TIME], const struct inventory_file *file);

// "file", "directory", ...
const char *show_type(const struct inventory_file *file);

// An object, which the caller frees.
struct json *show_item(const struct inventory_item *item);
