// spawn.h - start another program of the host.
// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

struct spawn {
    const char *const *argv; // NULL-terminated; argv[0] is searched in $PATH
    int streams[3];          // what its standard streams are; -1: /dev/null
    int parting;             // the signal that it gets when the caller dies
};

// Run it with the caller's environment but for the variables of the dynamic
// linker, in a session of its own, without other descriptors. Its pid, or -1
// after failed(), ENOENT if there is no such program.
pid_t spawn(const struct spawn *plan);

// See to it that a child's end is not missed: SIGCHLD at its default, and not
// blocked.
void spawn_await(void);

// Wait for its end. Its exit status, or 128+N when killed by signal N; -1 with
// errno, EINTR when a signal came.
int spawn_reap(pid_t pid);

// The same of a status of waitpid(2).
int spawn_status(int status);

// It is not wanted any more: wait for its end so many milliseconds, ask for it
// by SIGTERM, and at last enforce it.
void spawn_end(pid_t pid, int ms);
