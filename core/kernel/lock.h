// lock.h - a lock on a file that names who has it.
//
// Open file description locks (fcntl(2), F_OFD_SETLK, Linux 3.15): they last
// until the last copy of the descriptor is closed, so a lock can be handed on
// to another process by fork(2); they are known on network file systems, and
// nothing of them stays behind, however their owner ends. The kernel does not
// tell the process behind such a lock, so that is told by a second one: on the
// byte whose number is the owner's process id.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdbool.h>
#include <sys/types.h>

// Lock the open file for this process alone (it must be open for writing) or
// together with others. 0; 1 when somebody else has it; -1 with errno.
int lock_try(int fd, bool alone);

// Lock it together with others, waiting until nobody has it alone. 0, or -1
// with errno.
int lock_wait(int fd);

// The process that took the lock which is in the way of having it alone or
// not, by the id that it had for itself; 0: it can't be told any more.
pid_t lock_owner(int fd);
