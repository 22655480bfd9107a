// tell.h - what is going to be done, as -v tells it.
// SPDX-License-Identifier: MIT
#pragma once

#include "core/run/container.h"
#include "core/run/image.h"

// Log by what an image file was known: its first bytes, at this offset.
void tell_magic(int file, uint64_t offset);

// Log the plan for this image, a setting in a line.
void tell_plan(const struct container *plan, const struct image *image);

// Log whose ids become whose as namespaces are made, and where Charliecloud
// would mount this image; NULL: there is none.
void tell_namespaces(const struct container *plan, const struct image *image);
