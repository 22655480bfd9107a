// binds.h - what of the host is seen in the container, and where.
// SPDX-License-Identifier: MIT
#pragma once

#include "core/run/container.h"
#include "core/run/mountpoint.h"

struct binds {
    const struct container *plan;
    int scratch; // a tmpfs of the launcher's, for the users files
    struct mountpoints *points;
};

// Write the users files into the scratch tmpfs. 0, or -1 after failed().
int binds_prepare(const struct binds *b);

// Mount the default binds, the users files, /tmp, the home directory and the
// plan's own binds, in this order. 0, or -1 after failed().
int binds_apply(const struct binds *b);
