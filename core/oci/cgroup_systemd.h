// cgroup_systemd.h - control groups that systemd makes: scopes.
//
// systemd is asked by its own program, busctl, as its library can't be part of
// a static binary. A scope is started with the container's process in it and is
// delegated: what is in it is ours. It vanishes with its last process.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "core/base/arena.h"
#include "core/oci/limits.h"

struct systemd_scope {
    const char *name;  // "libpod-1234.scope"
    const char *slice; // "machine.slice"
    const char *path;  // of the group, where systemd will have it
};

// What a cgroupsPath "SLICE:PREFIX:NAME" means, NULL or "": the usual name in
// the usual place. Strings are the arena's. 0, or -1 after failed().
int systemd_place(const char *cgroups_path, const char *usual,
                  struct arena *arena, struct systemd_scope *scope);

// Is systemd the host's init, and can it be asked?
bool systemd_is_running(void);

// Start the scope with this process and these limits. Returns when the process
// is there: 0, or -1 after failed().
int systemd_start(const struct systemd_scope *scope,
                  const struct limits *limits, const struct cgroups *groups,
                  pid_t pid);

// Tell systemd of limits that have changed, or it would bring back the old
// ones. 0, or -1 after failed().
int systemd_update(const char *scope, const struct limits *limits);
