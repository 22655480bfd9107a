// pid_file.h - the process id in a file, for callers that ask for it.
// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

// Write it, whole or not at all, and without a newline: callers read it as it
// is. NULL: nowhere. 0, or -1 after failed().
int pid_file_write(const char *path, pid_t pid);
