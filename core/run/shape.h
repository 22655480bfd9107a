// shape.h - what a container's root directory is made of, told as text.
// SPDX-License-Identifier: MIT
#pragma once

#include "core/run/container.h"
#include "core/run/images.h"
#include "core/run/sources.h"

// Peers that share their images have the same root, but for what their
// commands write, if this text is the same. The caller frees it; NULL: this
// root is to be the caller's own.
char *shape_of(const struct container *plan, const struct images *images,
               const struct sources *sources);
