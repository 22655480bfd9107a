// targets.h - where the mounts of a view (view.h) go: checked on the host.
// SPDX-License-Identifier: MIT
#pragma once

#include "core/run/sources.h"
#include "core/run/view.h"

// The absolute path where it is to be mounted, without needless slashes; the
// caller frees. NULL after failed().
char *target_find(const struct view_mount *mount);

// The newest mount must neither be where another one is, nor hide it. Warns
// where a mount point that is missing will keep the command from making files
// beside it. 0, or -1 after failed().
int targets_check(const struct sources *sources);
