// execute.h - turn this process into the command.
// SPDX-License-Identifier: MIT
#pragma once

#include <stddef.h>

#define EXECUTE_USUAL_PATH "/usr/local/bin:/bin:/usr/bin" // without $PATH

// Bytes of a variable, NAME=VALUE, that execve(2) takes at most.
size_t execute_variable_max(void);

// The file that it would be, which the caller frees. NULL: none.
char *execute_find(const char *name);

// Execute argv[0], searched for in $PATH if it has no slash. Returns only on
// failure: -1 after failed(), with EXIT_EXEC (core/run/launch.h) set.
int execute(char *const *argv);

// The same for a file that has been found, as argv[0] names it.
int execute_file(const char *file, const char *const *argv);

// Words as execve(2) declares that it wants them, though it changes none.
char *const *execute_words(const char *const *words);
