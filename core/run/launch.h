// launch.h - carry out a plan.
// SPDX-License-Identifier: MIT
#pragma once

#include "core/run/container.h"

// Exit statuses, as Charliecloud's ch-run has them.
#define EXIT_RUN 31     // the container could not be made
#define EXIT_EXEC 49    // the command could not be executed
#define EXIT_SERVER 84  // the server of the image ended too early
#define EXIT_FEATURE 87 // asked by --feature: not built in

// Turn the calling process into the container's command. Returns only on
// failure: -1 after failed(), with the exit status set. From then on the
// process may be in other namespaces and should do nothing but report.
int launch(const struct container *plan);
