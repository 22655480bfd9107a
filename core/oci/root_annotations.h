// root_annotations.h - what a root filesystem may be with this runtime, and no
// other.
// SPDX-License-Identifier: MIT
#pragma once

#include "core/oci/spec.h"

#define OVERLAY_ANNOTATION "ch.overlay" // SIZE, or DIR, DIR:ro or DIR:rw

// Note in the plan what the annotations say, or of the overlay "overlay"
// instead, unless it is NULL. 0, or -1 after failed().
int root_annotations(struct spec *spec, const char *overlay);
