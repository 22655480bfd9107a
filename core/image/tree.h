// tree.h - directories as wholes, below a descriptor.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdbool.h>

// Remove whatever has this name in the directory, with all below it, also what
// its owner may not write to. Nothing is followed, the depth of what is below
// does not matter, and what is mounted there stays: EXDEV or EBUSY. 0 also when
// there is nothing; -1 with errno.
int tree_remove(int dir, const char *name);

// An archive may hold its tree in one directory of its own. If the directory
// "dir" has a single entry, and this is a directory whose name is none that the
// root of a system has, put its entries into its place. 1 if it was so, 0 if
// not, -1 with errno.
int tree_lift_single(int dir);

// Is this a name that the root directory of a system has?
bool tree_is_root_name(const char *name);

// Is there nothing in the directory? What can't be read is not empty.
bool tree_is_empty(int dir);
