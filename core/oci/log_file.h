// log_file.h - the file of --log.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdbool.h>

// Write errors and warnings to "path" as well, at its end, until the program
// ends; "file:" may stand before it, and other words with a colon are other
// runtimes' ways. 0, or -1 after failed().
int log_file_open(const char *path, bool json);
