// exec.h - a further process in a container that runs.
// SPDX-License-Identifier: MIT
#pragma once

#include "core/base/str.h"
#include "core/oci/lifecycle.h"

// What a command line says of it. Strings are borrowed.
struct execution {
    const char *process;         // a file that says all of it, or NULL
    const char *process_text;    // what such a file holds, or NULL
    const char *config;          // a file in place of the state's, or NULL
    const char *const *args;     // else these words, NULL-terminated
    struct strlist env;          // NAME=VALUE, besides those of the container
    const char *cwd;             // NULL: the container's
    const char *user;            // UID[:GID], NULL: the container's
    struct strlist groups;       // numbers, besides those of the container
    struct strlist capabilities; // besides those of the container
    bool terminal;
    bool no_new_privileges;
    const char *apparmor_profile, *selinux_label;
    struct strlist cgroups; // below the container's, see cgroup_join()
    const char *pid_file;
    const char *console_socket;
    const char *pidfd_socket; // gets a descriptor of it, or NULL
    int preserve_fds;
    bool detach;
    bool ignore_paused; // it runs when the container does again
};

// "UID" or "UID:GID", in numbers. 0, or -1 after failed().
int exec_read_user(const char *text, struct jail_user *user);

// Its exit status, 0 when detached, or -1 after failed(); it ends by a signal
// as the process does.
int exec_run(struct container_handle *handle, const struct execution *how);
