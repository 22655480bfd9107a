// root.h - change the root directory of this process for good.
//
// A new root must be a mount, and mounts need a place that exists. Every
// process has one: "/" itself. What is mounted there hides nothing, because
// paths start at the root directory *below* such a mount; but "/.." leads to
// the top of the pile. So the parts of a container's root are piled up on "/"
// in a mount namespace of its own, no directory has to be made anywhere, the
// caller's paths stay valid as sources of binds, and root_pivot() makes the
// top the root and drops all the rest.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdbool.h>

// Where the pile stands, as a target for mount(2).
#define ROOT_PILE "/.."

// Where it is moved before it goes: a directory that every root has.
#define ROOT_ASIDE "/proc"

// The top of the pile: an O_PATH descriptor that the caller closes, or -1
// after failed().
int root_top(void);

// mount_bind(), also for the root directory itself, which carries the pile:
// bound with all that is mounted there, it would show that instead of the host.
// "pile" is the lowest mount there. 0, or -1 with errno.
int root_bind(const char *path, int target, int pile);

// Make the directory "root", which must be the root of a mount, this
// process's root and working directory and unmount the old one with all that
// lies on it; "pile" is the lowest mount there. "shared": others share what is
// mounted in the old one, and are to keep it. 0, or -1 after failed().
int root_pivot(int root, int pile, bool shared);

// The same by moving the root, as an initial RAM disk needs it, which can't be
// pivoted away: the old root stays below, out of reach but for who may mount.
int root_move(int root, int pile);
