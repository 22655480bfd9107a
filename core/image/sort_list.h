// sort_list.h - the order in which the data of files are to be in an image.
// SPDX-License-Identifier: MIT
#pragma once

#include "core/base/str.h"

// Read a file of paths, one in a line. 0, or -1 after failed().
int sort_list_read(const char *path, struct strlist *list);
