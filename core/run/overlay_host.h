// overlay_host.h - the host's own tree, with changes that are forgotten.
// SPDX-License-Identifier: MIT
#pragma once

// Show the tree "host", a recursive bind of the host's root, in the empty
// directory "place" so that whatever is written goes to the tmpfs "scratch". 0,
// or -1 after failed().
int overlay_host(int host, int place, int scratch);
