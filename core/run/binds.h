// binds.h - what of the host is seen in the container, and where.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdbool.h>

#include "core/run/container.h"

struct binds {
    const struct container *plan;
    int root;        // the container's root directory (O_PATH)
    int scratch;     // a tmpfs of the launcher's, for the users files
    bool may_create; // missing mount points can be made in "root"
};

// binds_apply() met a mount point that is not in the image and may not be
// created there.
#define BINDS_MISSING (-2)

// Write the users files into the scratch tmpfs, once. 0, or -1 after failed().
int binds_prepare(const struct binds *b);

// Mount the default binds, the users files, /tmp, the home directory and the
// plan's own binds, in this order. 0; BINDS_MISSING after failed(); -1 after
// failed(). May be called again for another root.
int binds_apply(const struct binds *b);
