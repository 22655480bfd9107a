// unmounting.h - take away what ch-mount has put there.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdbool.h>

#include "core/base/str.h"

// Unmount the image at "dir"; lazily, it vanishes though somebody uses it. 0,
// or -1 after failed(), which says who keeps it busy; err_num() is EPERM when
// the caller may not unmount it.
int unmounting_dir(const char *dir, bool lazily);

// Where images are mounted that the caller may unmount, as far as can be told
// without trying, in the order in which that works: the newest first. Filled
// into an empty list. 0, or -1 after failed().
int unmounting_dirs(struct strlist *dirs);
