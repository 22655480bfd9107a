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

// All processes of it: those of a container without a group are not known, 1.
int cgroup_kill(const char *path, int signal);

// The pids of the group, NULL-terminated by 0, which the caller frees.
pid_t *cgroup_list(const char *path);

// Remove the group, which must be empty. 0, or -1 after failed().
int cgroup_remove(const char *path);
