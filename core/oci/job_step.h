// job_step.h - a container that is a rank of a batch system's job step.
//
// Slurm writes config.json anew for each rank: it adds mounts of its own, the
// job's environment, and a command that it has looked up on the node.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdbool.h>

#include "core/oci/spec.h"

// Is it one, as far as its configuration tells? The environment of this process
// is the daemon's, and says nothing.
bool job_step_is(const struct spec *spec);

// Make the plan fit for one, if it is. 0, or -1 after failed().
int job_step_adapt(struct spec *spec);
