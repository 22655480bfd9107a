// cgroup_fs.h - control groups as what they are: directories in a hierarchy.
//
// A "group" here is a descriptor of one.
// SPDX-License-Identifier: MIT
#pragma once

#include <stddef.h>
#include <sys/types.h>

#include "core/kernel/cgroups.h"

// How much of the path is there already: the length of that of the topmost
// group that is not; 0: all are.
size_t cgroup_fs_missing(const struct cgroup_hierarchy *hierarchy,
                         const char *path);

// Make the group and those above it; controllers of version 2 are enabled on
// the way, as far as that is possible, and sets of CPUs and memory of version 1
// begin with those of the group above. 0, or -1 with errno.
int cgroup_fs_make(const struct cgroup_hierarchy *hierarchy, const char *path);

// A descriptor of the group. -1 with errno.
int cgroup_fs_open(const struct cgroup_hierarchy *hierarchy, const char *path);

// Write the value to a file of the group. 0, or -1 with errno.
int cgroup_fs_write(int group, const char *file, const char *value);

// The text of a file without a newline at its end; the caller frees. NULL with
// errno.
char *cgroup_fs_read(int group, const char *file);

// Move the process, 0: this one, with all its threads. 0, or -1 with errno.
int cgroup_fs_join(int group, pid_t pid);

// Add the processes of the group, and of those below it, to a list that ends
// with 0 and is the caller's to free(), as it was or not. 0, or -1 with errno.
struct cgroup_pids {
    pid_t *items; // NULL: none so far
    size_t count;
};
int cgroup_fs_add_pids(int group, struct cgroup_pids *pids);

// Remove the group and those below it, in which no process may be; waits for a
// while for those that are about to end. 0, or -1 with errno.
int cgroup_fs_remove(const struct cgroup_hierarchy *hierarchy,
                     const char *path);
