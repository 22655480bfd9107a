// sources.h - what is to be bound, found on the host.
//
// Before any namespace is entered: what is missing is then told before a server
// starts, relative paths mean what the caller means, and no mount is piled on
// "/" yet (core/kernel/root.h). From then on a path whose ".." passes the root,
// as relative symbolic links have it, would lead into the image; so each source
// is made a path without links and "..".
// SPDX-License-Identifier: MIT
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "core/run/container.h"
#include "core/run/images.h"
#include "core/run/users.h"

struct source {
    char *path; // canonical; NULL: no bind, but the image or else a new tmpfs
    const char *what; // in messages, instead of a path that says nothing
    char *target;
    char *place; // target without links, when it is bound; NULL: not asked yet
    enum bind_need need;
    bool absent;         // skipped, as the image lacks the target
    struct image *image; // what a directory is to show; borrowed, or NULL
    unsigned options;    // enum bind_option
    const char *size;    // of a new tmpfs; NULL: the kernel's default
};

struct sources {
    struct source *items; // in the order in which they are bound
    size_t count;
    struct users users; // with the texts of their files
    char *self; // this program's file, NULL: not asked for, or to be copied
};

// Add one, whose path and target are taken over. 0, or -1 after failed(), also
// if the target is NULL.
int sources_add(struct sources *sources, const struct source *one);

// Find everything: the default binds, /tmp, the home directory, the plan's own
// binds. Leaves out what does not exist and need not. The images among the
// plan's binds are added to "images". 0, or -1 after failed(); sources_free()
// in any case.
int sources_find(const struct container *plan, struct sources *sources,
                 struct images *images);
void sources_free(struct sources *sources);
#define cleanup_sources __attribute__((cleanup(sources_free)))
