// layout_old.h - an OCI layout that gets an image more.
//
// The new layout takes the place of the old one in one step (output.h), and has
// its blobs as further names of the same files: nothing is copied where the
// file system can do that.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdbool.h>

#include "core/base/json.h"

// Is an image of that tag in the layout at the path? False also when there is
// no layout.
bool layout_old_has(const char *path, const char *tag);

// Bring all blobs of the layout at the path into the new one, and its index,
// which the caller frees; NULL in *index if there is none. 0, or -1 after
// failed().
int layout_old_take(const char *path, int dir, struct json **index);
