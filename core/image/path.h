// path.h - names of entries, made clean.
// SPDX-License-Identifier: MIT
#pragma once

#include <limits.h>

// "./usr//bin/" and "/usr/bin" are "usr/bin"; "." and "/" are "". 0, or -1
// after failed(): a name with ".." is refused, as is one that is too long.
int path_clean(const char *raw, char clean[PATH_MAX]);
