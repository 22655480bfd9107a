// entry_make.h - an entry's file made in a directory, without what is in it.
// SPDX-License-Identifier: MIT
#pragma once

#include "core/image/stream.h"

// Make it by this name, of which there is none. 0, or of a regular file its
// descriptor; -1 with errno.
int entry_make(int dir, const char *name, const struct image_entry *entry);

// Tell by errno why it could not be made: -1.
int entry_make_failed(const struct image_entry *entry);
