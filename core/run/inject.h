// inject.h - libraries of the host for a container, as a list names them.
// SPDX-License-Identifier: MIT
#pragma once

#include "core/run/injection.h"

#define INJECT_FOLDER "/ch/lib" // of the container: where libraries are put

// Add what the list "file" says, whose lines are (ch-run(1), "Lists of things
// to inject"):
//   bind SRC[:DST][:ro]     lib PATTERN     env NAME=VALUE     env NAME+=ITEM
// "optional" before bind and lib: nothing is missed. "#" begins a comment. 0,
// or -1 after failed() with file and line.
int inject_load(struct injection *injection, const char *file);
