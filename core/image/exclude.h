// exclude.h - names that are left out of an image.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdbool.h>

#include "core/base/str.h"

// Is the clean path, or a directory above it, matched by one of the patterns?
// One without a slash is held against names, wherever they are; one with a
// slash against whole paths. "*" goes beyond slashes (core/base/glob.h).
bool exclude_matches(const struct strlist *patterns, const char *path);
