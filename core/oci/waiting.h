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

// The same, where a terminal has been made for the child whose other side comes
// by the socket.
int waiting_on_terminal(pid_t pid, int socket);

// The child has failed: print what it or its hooks have left on the terminal.
void waiting_print_rest(int socket);

// Such a socket and its other end, for who makes the terminal. 0, or -1 after
// failed().
int waiting_make_console(int ends[2]);

// End as the child did, so that the caller sees no difference: an exit status,
// or by its signal.
int waiting_end_as(int status);
