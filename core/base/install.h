// install.h - this program's own file, put into a directory.
//
// In this room, as it is about files and a table of commands, and no container
// has a part in it.
// SPDX-License-Identifier: MIT
#pragma once

#include "core/base/command.h"

// Copy the running program to "name" in the directory "dir", and make beside it
// a symbolic link to it for each command. What was there by these names is
// replaced, each at once: whoever looks, even after a crash, finds the old or
// the new; programs that run from the old file keep it. 0, or -1 after
// failed().
int install_program(const char *dir, const char *name,
                    const struct command *links);
