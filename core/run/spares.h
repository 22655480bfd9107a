// spares.h - copies of a root that was built, for peers that want the same.
//
// The first of the peers leaves the mount namespace of its root behind, at the
// moment when nothing but the root is mounted in it, and lives in a copy. For
// every peer whose root would be the same (shape.h) the keeper makes a further
// copy, one ahead: waiting for that costs a peer nothing, and in all it costs a
// third of building the root. What one mounts, others don't see.
//
// But a copy of a mount shows the same files. Those which are the container's
// own to write, the users files, are therefore new in each copy.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define SPARES_MAX (64 << 10) // bytes of a description

// A root; strings are borrowed.
struct spares_plan {
    const char *shape;
    const char *passwd, *group; // texts of the users files; NULL: the image's
};

struct spares {
    char *bytes; // of the description
    struct spares_plan plan;
    int origin;      // the mount namespace that is copied; -1: no copies
    int home;        // the keeper's own one
    int proc, place; // in it: /proc, and where one may mount
    int scratch;     // in it: a tmpfs for some users files, or -1
    unsigned files;  // made so far
    int spare;       // a copy that nobody has yet, or -1
};

#define SPARES_NONE                                                       \
    {                                                                     \
        .origin = -1, .home = -1, .proc = -1, .place = -1, .scratch = -1, \
        .spare = -1                                                       \
    }

// The description of a root, to be sent to the keeper. Its size, 0: no room.
size_t spares_describe(const struct spares_plan *plan, char *to, size_t room);

// In the keeper, in its own mount namespace: a root of this description,
// copied, is in the mount namespace "origin", which is taken over. 0, or -1
// after failed(): there will be no copies.
int spares_begin(struct spares *spares, const void *description, size_t size,
                 int origin);

// Is there a root of this shape?
bool spares_fit(const struct spares *spares, const char *shape, size_t size);

// Have a copy ready; when none can be made there will be no more. 0, or -1
// when this process can't go on.
int spares_prepare(struct spares *spares);

// That copy, a descriptor of a mount namespace that is the caller's; -1: none.
int spares_take(struct spares *spares);
