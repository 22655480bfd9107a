// processes.h - which processes are a container's.
// SPDX-License-Identifier: MIT
#pragma once

#include <stddef.h>
#include <sys/types.h>

#include "core/oci/state.h"

// Their pids, in ascending order, which the caller frees; *count may be 0. Those
// of its control group; without one, those in the PID namespace of its first
// process, if that is the container's own; else that process alone. NULL after
// failed().
pid_t *processes_of(const struct state *state, size_t *count);
