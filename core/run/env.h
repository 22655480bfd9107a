// env.h - the environment of the container's command.
// SPDX-License-Identifier: MIT
#pragma once

#include "core/run/container.h"

#define ENV_FILE_MAX (16 << 20) // bytes of a file of variables

// Change this process's environment to that of the plan: HOME, PATH and TMPDIR
// first (unless the image is the host), the plan's changes in order, CH_RUNNING
// last. "home" is what HOME is to be, NULL: the image's own. Call within the
// new root. 0, or -1 after failed().
int env_apply(const struct container *plan, const char *home);

// Set PWD, of which a shell alone would take care, to the working directory.
// 0, or -1 after failed().
int env_tell_directory(void);
