// storage.h - images by name: Charliecloud's storage directory.
// SPDX-License-Identifier: MIT
#pragma once

#include "core/run/container.h"

// The directory: the plan's, else $CH_IMAGE_STORAGE, else /var/tmp/$USER.ch. It
// need not exist. The caller frees; NULL after failed().
char *storage_dir(const struct container *plan);

// Warn if a directory was chosen that is not there.
void storage_check(const struct container *plan);

// Is the plan's image a name in storage? 1: *path is where it is, the caller
// frees; 0: it must be a path; -1 after failed().
int storage_find(const struct container *plan, char **path);

// Does the storage hold the directory at this canonical path? 1, 0, or -1 after
// failed().
int storage_holds(const struct container *plan, const char *path);
