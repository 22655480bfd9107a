// layer_image.h - which image a layer's changes are changes of.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdbool.h>

// Check that the layer in the directory "dir", whose path is "path", belongs to
// the image at the canonical path "image", and, if "write", write down that it
// does. 0, or -1 after failed().
int layer_image_check(int dir, const char *path, const char *image, bool write);
