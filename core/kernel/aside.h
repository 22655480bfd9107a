// aside.h - a process of ours beside the command, which belongs to nobody.
//
// It is in no one's session, takes no signal but KILL, holds nothing of what
// its maker had open, and is invisible to wait(2) of the program that its maker
// becomes. When it ends is its own affair: nobody is left who could tell it.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct aside {
    const char *name; // as ps(1) shows it, 15 bytes
    int *keep;        // the descriptors above 2 that stay open
    int keep_count;
    bool hidden; // even root of its user namespace may not look into it
};

// Fork a process that runs body(argument), with all signals blocked; "body"
// ends by _exit(2). To be called before this process has threads. The pid, or
// -1 with errno and no failed(): callers name it.
pid_t aside_fork(int (*body)(void *argument), void *argument);

// What is to be added to a message when forking gave "errnum": a phrase in
// parentheses, "" when nothing is known.
const char *aside_hint(int errnum);

// In that process: let go of everything that came from whoever started it. 0,
// or -1 after failed().
int aside_settle(const struct aside *how);
