// processes.h - which processes are a container's.
// SPDX-License-Identifier: MIT
#pragma once

#include <stddef.h>
#include <sys/types.h>

#include "core/oci/state.h"

// Their pids, in ascending order, which the caller frees; *count may be 0.
// Those of its control group; without one, those in the PID namespace of its
// first process, if that is the container's own; else that process alone. NULL
// after failed().
pid_t *processes_of(const struct state *state, size_t *count);

// process_table.c: print a table of them, by the host's ps(1) and these options
// of it, none: -ef; their ids alone if there is no such program. 0, or -1 after
// failed().
int processes_print(const pid_t *pids, size_t count, char *const *options);
