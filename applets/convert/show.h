// show.h - what is known of a file, as words.
// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>
#include <time.h>

#include "core/base/json.h"

#define SHOW_MODE sizeof "-rwxr-xr-x"
#define SHOW_TIME 48

// As ls(1) has it. Returns "text".
const char *show_mode(char text[SHOW_MODE], mode_t mode);

// In UTC, by the second. Returns "text".
const char *show_time(char text[SHOW_TIME], const struct timespec *time);

// "file", "directory", ...
const char *show_type(mode_t mode);

// On a line of its own. 0, or -1 after failed().
int show_json(const struct json *value);
