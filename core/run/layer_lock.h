// layer_lock.h - one writer, or many readers, of a layer.
// SPDX-License-Identifier: MIT
#pragma once

#include "core/run/container.h"

// Lock the layer in the directory "dir", whose path is "path", as the plan has
// it, and write down who writes. *lock becomes the open file, or -1 when only
// read and not to be locked. 0, or -1 after failed(), which names whoever has
// it.
int layer_lock(int dir, const char *path, const struct container *plan,
               int *lock);
