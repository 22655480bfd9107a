// command.h - the last steps of a start, in the container.
// SPDX-License-Identifier: MIT
#pragma once

#include "core/run/container.h"

// Become the plan's command. "here" is where the caller stands, to which the
// host's own root goes back; NULL for other images. Returns only on failure: -1
// after failed(), with the exit status set if it was the command's.
int command_become(const struct container *plan, const char *here);
