// cgroup.h - the control group of a container.
//
// The seam for all that is to be done with one: who manages it is said by the
// command line, where it is by linux.cgroupsPath, its limits by linux.resources;
// what is left to others is one path, kept in the state.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "core/oci/spec.h"

enum cgroup_manager {
    CGROUP_FILES,    // cgroupfs: directories, made by ourselves
    CGROUP_SYSTEMD,  // a scope of systemd's
    CGROUP_DISABLED, // none at all
};

// "cgroupfs", "systemd", "disabled". 0, or -1 after failed().
int cgroup_manager_of(const char *word, enum cgroup_manager *manager);

// Put the process in the container's group, made and limited as planned. *path is
// the arena's; NULL: it stays in its maker's, which is no error where nothing
// was asked for. 0, or -1 after failed().
int cgroup_enter(struct spec *spec, enum cgroup_manager manager, pid_t pid,
                 const char **path);

// Put a further process in the group of the state, or the one "below" it (NULL:
// none). 0, or -1 after failed().
int cgroup_join(const char *path, const char *below, pid_t pid);

// For a path of the state; NULL: there is none.
bool cgroup_is_frozen(const char *path);
int cgroup_freeze(const char *path, bool frozen);

// The pids of the group and those below it, in ascending order, which the caller
// frees; NULL: there is no group, or it can't be read.
pid_t *cgroup_list(const char *path, size_t *count);

// Change its limits to those of an object like linux.resources. 0, or -1 after
// failed().
int cgroup_update(const char *path, const struct json *resources);

// What it has used, added to "data" in the form of the events of runc. 0, or -1
// after failed().
int cgroup_stats(const char *path, struct json *data);

// Remove the group, which must be empty. 0, or -1 after failed().
int cgroup_remove(const char *path);
