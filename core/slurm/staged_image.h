// staged_image.h - a root filesystem as an image in the stage, once.
// SPDX-License-Identifier: MIT
#pragma once

#include "core/slurm/stage.h"

// The SquashFS image of the directory, made if the stage has none of the same
// content, or of the image file: the name in the stage's folder of images,
// which the caller frees. NULL after failed().
char *staged_image(const struct stage *stage, const char *rootfs);
