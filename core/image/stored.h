// stored.h - images by name: Charliecloud's storage directory.
//
// DIR/img has an entry for each image, a directory or a SquashFS file: the name
// with "/" as "%" and ":" as "+".
// SPDX-License-Identifier: MIT
#pragma once

#include <stdbool.h>

// The directory: the chosen one (or NULL), else $CH_IMAGE_STORAGE, else
// /var/tmp/$USER.ch. It need not exist. The caller frees; NULL after failed().
char *stored_dir(const char *chosen);

// Where the image of this name is, or would be. The caller frees; NULL after
// failed().
char *stored_path(const char *dir, const char *name);

// Could it be the name of an image? A path that begins with "/" or "." can't.
bool stored_may_be(const char *name);

// Is there such a storage directory?
bool stored_exists(const char *dir);

// Make it, with all that ch-image(1) wants to find, unless it exists. 0, or -1
// after failed().
int stored_make(const char *dir);
