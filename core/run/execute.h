// execute.h - turn this process into the command.
// SPDX-License-Identifier: MIT
#pragma once

// Execute argv[0], searched for in $PATH if it has no slash. Returns only on
// failure: -1 after failed(), with EXIT_EXEC (core/run/launch.h) set.
int execute(char *const *argv);
