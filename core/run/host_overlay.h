// host_overlay.h - the host's own tree, with changes that go to memory.
// SPDX-License-Identifier: MIT
#pragma once

// Show the tree at "root", a bind of the host's root directory with all that is
// mounted there, so that whatever is written goes to the tmpfs "scratch"; /dev,
// /proc, /sys and their like stay what they are. A descriptor (O_PATH) of the
// new root, which is the root of a mount; -1 after failed().
int host_overlay(int scratch, int root);
