// self.h - this program's own file, for a container that starts containers.
// SPDX-License-Identifier: MIT
#pragma once

#define SELF_DIRECTORY "/usr/bin" // of the container

// Path of the running program's file, by which it can be bound; the caller
// frees. NULL without failed(): it has none, as it was deleted or is in memory
// only, or the memory was not enough; then self_copy() helps.
char *self_path(void);

// Copy the running program to "name" in the directory. 0, or -1 after failed().
int self_copy(int dir, const char *name);
