// cgroup_mark.h - which control groups were made by us.
//
// A group above those of several containers is made with the first of them and
// has to go with the last, who can't know from its own state who made it. So it
// is said by the group, in an extended attribute, as systemd says whose one is.
// SPDX-License-Identifier: MIT
#pragma once

#include <stddef.h>

#include "core/kernel/cgroups.h"

// The group, a descriptor, was made by us. Old kernels have no such attributes
// for all groups: then it is not marked, which is logged.
void cgroup_mark(int group);

// Remove those above the group that are empty, from its parent on: those whose
// path has at least so many bytes, and those that are marked. The first that
// refuses ends it.
void cgroup_mark_remove_above(const struct cgroup_hierarchy *hierarchy,
                              const char *path, size_t least);
