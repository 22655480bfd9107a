// intel_rdt.h - a container's share of caches and memory bandwidth.
// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include "core/oci/spec.h"
#include "core/oci/state.h"

// What of it will be made for the container alone is noted in the state, before
// it is. 0, or -1 after failed(), also where the kernel has nothing of the
// kind.
int intel_rdt_choose(const struct spec *spec, struct state *state);

// Make what is to be made, and put the process there. 0, or -1 after failed().
int intel_rdt_enter(const struct spec *spec, const struct state *state,
                    pid_t pid);

// Other shares of cache and bandwidth, NULL: as they are. 0, or -1 after
// failed().
int intel_rdt_update(const struct state *state, const char *cache,
                     const char *bandwidth);

// Remove what was made for it. 0, or -1 after failed().
int intel_rdt_remove(const struct state *state);
