// plan_print.h - tell what a plan would do.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdbool.h>

#include "core/run/container.h"

// Find the image and the sources of its binds, as launch() does, and print all
// that is decided, as a table or as JSON. Nothing is started or mounted. 0, or
// -1 after failed(): what the launch would fail with as well.
int plan_print(const struct container *plan, bool json);
