// join.h - enter the container of a process that runs in one.
// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

// Enter the user and the mount namespace of "pid". 0, or -1 after failed().
int join_process(pid_t pid);
