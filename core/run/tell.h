// tell.h - what is going to be done, as -v tells it.
// SPDX-License-Identifier: MIT
#pragma once

#include "core/run/container.h"
#include "core/run/image.h"

// Log the plan for this image, a setting in a line.
void tell_plan(const struct container *plan, const struct image *image);
