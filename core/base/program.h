// program.h - another program at the other end of a pipe, for as long as it
// takes.
//
// Unlike a helper (helper.h) it is asked for data, or brought them.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdbool.h>

struct program;

// Start it: it "gives" by its standard output what we read, or else it takes by
// its standard input what we write; then SIGPIPE is ignored from now on. NULL
// after failed(), ENOENT if there is no such program. The words are copied.
struct program *program_start(const char *const *argv, bool gives);

// Our end of the pipe, which stays the program's.
int program_fd(const struct program *program);

// Close it, and wait for the program's end. 0 when it succeeded, or -1 after
// failed(), which tells what it said last; also when a signal came (stop.h).
int program_finish(struct program *program);

// If it has not ended yet, it is told to, by a signal and before the pipe is
// closed, so that it does not take what it got for all.
void program_close(struct program *program);
