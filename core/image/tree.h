// tree.h - directories as wholes, below a descriptor.
// SPDX-License-Identifier: MIT
#pragma once

// Remove whatever has this name in the directory, with all below it. Nothing is
// followed, and the depth of what is below does not matter. 0 also when there
// is nothing; -1 with errno.
int tree_remove(int dir, const char *name);

// An archive may hold its tree in one directory of its own. If the directory
// "dir" has a single entry, and this is a directory whose name is none that the
// root of a system has, put its entries into its place. 1 if it was so, 0 if
// not, -1 with errno.
int tree_lift_single(int dir);
