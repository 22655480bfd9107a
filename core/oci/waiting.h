// waiting.h - a process that waits for the container's, and ends as it does.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdbool.h>
#include <sys/types.h>

// From now on, no signal ends this process while it waits; after the fork.
void waiting_begin(void);

// Until the child ends: its status as wait(2) has it, or -1 after failed().
// "pass": signals that other processes send are the child's.
int waiting_for(pid_t pid, bool pass);

// End as the child did, so that the caller sees no difference: an exit status,
// or by its signal.
int waiting_end_as(int status);
