// binds.h - what of the host is seen in the container, and where.
// SPDX-License-Identifier: MIT
#pragma once

#include "core/run/container.h"
#include "core/run/mountpoint.h"
#include "core/run/sources.h"

struct binds {
    const struct container *plan;
    const struct sources *sources;
    int scratch; // a tmpfs of the launcher's, for the users files
    struct mountpoints *points;
};

// Mount the users files and all that sources_find() found, in order. 0, or -1
// after failed().
int binds_apply(const struct binds *b);

// Show a file of these bytes at "target" of the container, over the image's;
// "name" is free in scratch. 0, or -1 after failed().
int binds_put(const struct binds *b, const char *name, const char *target,
              const void *bytes, size_t size);
