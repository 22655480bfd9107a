// sources.h - what is to be bound, found on the host.
//
// Before the pile of mounts is put on "/" (core/kernel/root.h): from then on a
// path whose ".." passes the root, as relative symbolic links have it, would
// lead into the image. So each source is made a path without links and "..".
// SPDX-License-Identifier: MIT
#pragma once

#include <stddef.h>

#include "core/run/container.h"

struct source {
    char *path; // canonical; NULL: no bind, but a new tmpfs
    char *target;
    char *place; // target without links, when it is bound; NULL: not asked yet
    enum bind_need need;
};

struct sources {
    struct source *items; // in the order in which they are bound
    size_t count;
    char *passwd, *group; // texts of the users files, NULL: the image's own
};

// Find everything: the default binds, /tmp, the home directory, the plan's own
// binds. Leaves out what does not exist and need not. 0, or -1 after failed();
// sources_free() in any case.
int sources_find(const struct container *plan, struct sources *sources);
void sources_free(struct sources *sources);
#define cleanup_sources __attribute__((cleanup(sources_free)))
