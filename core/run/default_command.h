// default_command.h - the command that an image itself provides.
// SPDX-License-Identifier: MIT
#pragma once

#include "core/base/str.h"

// Within the new root: the image's ENTRYPOINT, followed by "args", or, if there
// are none, by its CMD, as Docker has it. 0, or -1 after failed().
int default_command(char *const *args, struct strlist *argv);
