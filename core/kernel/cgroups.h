// cgroups.h - the hierarchies of control groups (cgroups(7)).
//
// A host has one hierarchy of version 2, several of version 1, or both. What is
// where is told by the kernel: /proc/self/mountinfo and /proc/self/cgroup. The
// path of a group begins with a slash and is that below the mount point, so it
// is the same in all hierarchies.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "core/kernel/mountinfo.h"

struct cgroup_hierarchy {
    int version;       // 1 or 2
    const char *dir;   // where it is mounted
    const char *root;  // what of it is mounted there, "/" as a rule
    char *controllers; // "cpu,cpuacct", "name=systemd"; "" of version 2
    const char *own;   // path of the process's group; NULL: it is not below dir
};

struct cgroups {
    struct cgroup_hierarchy *items;
    size_t count;
    struct mountinfo mounts; // what the items point into
    char *text;
};

// Those that this process sees. 0, also where there are none, or -1 after
// failed(). cgroups_free() in any case.
int cgroups_read(struct cgroups *groups);

// The same from the texts of the two files, which are taken over and changed.
int cgroups_parse(struct cgroups *groups, char *mountinfo, char *own);
void cgroups_free(struct cgroups *groups);
#define cleanup_cgroups __attribute__((cleanup(cgroups_free)))

// The one of version 2; NULL: there is none.
const struct cgroup_hierarchy *cgroups_unified(const struct cgroups *groups);

// The hierarchy of version 1 with this controller; NULL: there is none, and it
// could be one of version 2.
const struct cgroup_hierarchy *cgroups_with(const struct cgroups *groups,
                                            const char *controller);

// Of a process, as cgroup_hierarchy.own, in new memory that the caller frees;
// NULL after failed().
char *cgroups_of_process(const struct cgroup_hierarchy *hierarchy, pid_t pid);

// Where a group is; the caller frees. NULL after failed().
char *cgroups_dir(const struct cgroup_hierarchy *hierarchy, const char *path);
