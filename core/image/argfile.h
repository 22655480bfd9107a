// argfile.h - a command as it is kept in an image: /ch/entrypoint, /ch/cmd.
// SPDX-License-Identifier: MIT
#pragma once

#include <stddef.h>

#include "core/base/str.h"

// Append the arguments that the "size" bytes hold to a list; "name" is for
// messages. 0, or -1 after failed(): bytes that are not of this format.
int argfile_parse(const char *name, const char *data, size_t size,
                  struct strlist *args);

// The bytes for these arguments, which the caller frees. NULL after failed().
char *argfile_make(const struct strlist *args, size_t *size);

// The same as argfile_parse() of a file. One that does not exist holds none.
int argfile_read(const char *path, struct strlist *args);
