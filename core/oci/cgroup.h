// cgroup.h - the control group of a container.
//
// Who manages it is said by the command line, where it is by linux.cgroupsPath,
// its limits by linux.resources. What is left to others is in the state: its
// path, which is the same in all hierarchies (core/kernel/cgroups.h).
//
// An ordinary user has one where part of a hierarchy is his; limits are refused
// where he has none, and without limits nothing is missed.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "core/base/str.h"
#include "core/oci/cgroup_systemd.h"
#include "core/oci/limits.h"
#include "core/oci/spec.h"
#include "core/oci/spec_resources.h"
#include "core/oci/state.h"

enum cgroup_manager {
    CGROUP_FILES,    // cgroupfs: directories, made by ourselves
    CGROUP_SYSTEMD,  // a scope of systemd's
    CGROUP_DISABLED, // none at all
};

// "cgroupfs", "systemd", "disabled". 0, or -1 after failed().
int cgroup_manager_of(const char *word, enum cgroup_manager *manager);

// Does the configuration ask for a group of the container's own, so that a
// process in that of its caller will not do?
bool cgroup_is_asked_for(const struct spec *spec, enum cgroup_manager manager);

// What is to be made; strings are the state's, resources the configuration's.
struct cgroup_plan {
    const struct resources *resources;
    struct limits limits;
    struct systemd_scope scope; // without a name: none
};

// Decide where the group will be, and note it in the state, before anything is
// made: whoever removes the container finds it there. 0, or -1 after failed().
int cgroup_choose(struct cgroup_plan *plan, const struct spec *spec,
                  enum cgroup_manager manager, struct state *state);

// Make the group with its limits, and put the process there. The state's path
// is NULL then if there could be none and nothing was asked for. 0, or -1 after
// failed().
int cgroup_enter(const struct cgroup_plan *plan, struct state *state,
                 pid_t pid);

// cgroup_hand.c: the group becomes the container's own to manage, where the
// specification says so; the second part is for when the container has its
// namespace of control groups (annotation run.oci.delegate-cgroup). 0, or -1
// after failed().
int cgroup_hand_over(const struct spec *spec, const struct state *state);
int cgroup_delegate(const struct spec *spec, const struct state *state,
                    pid_t pid);

// cgroup_join.c: put a further process in the group of the state, or in these
// places below it: "PATH" or, as in runc, "CONTROLLER,...:PATH". 0, or -1 after
// failed().
int cgroup_join(const char *path, const struct strlist *places, pid_t pid);

// For a path of the state; NULL: there is none.
bool cgroup_is_frozen(const char *path);
int cgroup_freeze(const char *path, bool frozen);

// The pids of the group and those below it, in ascending order, which the
// caller frees; NULL: there is no group, or it can't be read.
pid_t *cgroup_list(const char *path, size_t *count);

// Send a signal to all of the group, none of which can escape by forking. 0, or
// -1 after failed(); 1: there is no group.
int cgroup_kill(const char *path, int signal);

// Change its limits to those of an object like linux.resources. 0, or -1 after
// failed().
int cgroup_update(const struct state *state, const struct json *resources);

// What it has used, added to "data" in the form of the events of runc. 0, or -1
// after failed().
int cgroup_stats(const char *path, struct json *data);

// How often the kernel has killed a process of it for want of memory; -1: that
// can't be told.
long cgroup_oom_kills(const char *path);

// Kill what is left in the group, and remove it with those above it that were
// made for it. 0, or -1 after failed().
int cgroup_remove(const struct state *state);
