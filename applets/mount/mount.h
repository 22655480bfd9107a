// mount.h - what ch-mount does that is not mounting.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdbool.h>

// list.c: print a name, which may hold anything, within a line.
void mount_print_name(const char *name);

// Print the images that are mounted. 0, or -1 after failed().
int mount_list(bool as_json);

// stats.c: print what the server of an image has done: of the one that is
// mounted at a directory, of those in the container of a process, by its id, or
// NULL: of all that are mounted here. 0, or -1 after failed().
int mount_statistics(const char *where, bool as_json);
