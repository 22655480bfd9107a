// stop.h - to end in order when a signal asks for it.
//
// A command that makes something must take back what is half made. So signals
// only leave word, and who works for long asks for it now and then.
// SPDX-License-Identifier: MIT
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

// From now on SIGINT, SIGTERM and SIGHUP leave word, once; a second one ends
// the process as always. What was ignored stays so. 0, or -1 after failed().
int stop_catch(void);

// 0, or -1 after failed(): a signal came, give up.
int stop_check(void);

// Did a signal come?
bool stop_came(void);

// read(2), from what may take long to come: -1 after failed(), also when a
// signal came.
ssize_t stop_read(int fd, void *bytes, size_t size);

// Wait for the condition with the lock held, which may also be over without it.
// 0, or -1 after failed(): a signal came.
int stop_wait(pthread_cond_t *changed, pthread_mutex_t *lock);

// If a signal came, end of it, as the caller's shell expects; else return.
void stop_die(void);
