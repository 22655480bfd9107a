// mapper.h - more ids in a user namespace than the caller's own.
//
// An unprivileged process may map one id, its own. newuidmap(1) and
// newgidmap(1), which are privileged, map those that the administrator lends to
// it (subids.h); but they must be run from outside of the namespace, by
// somebody else than the process that has entered it.
// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include "core/run/subids.h"

struct mapper; // who waits outside

// Before the namespace is made: find the ranges, and fork the process that is
// to map them around the caller's own ids, which are "uid" and "gid" inside.
// NULL after failed(). To be given up by mapper_free(), used or not.
struct mapper *mapper_start(uid_t uid, gid_t gid);

// The same for these very maps, with groups of the caller's choice. Whoever may
// write them himself needs neither program (CAP_SETUID and CAP_SETGID outside).
struct mapper *mapper_start_maps(const struct id_map *users,
                                 const struct id_map *groups);

// In the new namespace: have it mapped. 0, or -1 after failed().
int mapper_map(struct mapper *mapper);

void mapper_free(struct mapper **mapper);
#define cleanup_mapper __attribute__((cleanup(mapper_free)))
