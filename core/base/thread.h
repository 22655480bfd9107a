// thread.h - threads of this process.
// SPDX-License-Identifier: MIT
#pragma once

#include <pthread.h>
#include <stddef.h>

// CPUs that this process may use.
unsigned thread_cpus(void);

// Start a thread that works with a stack of so many bytes: musl's own choice is
// too small for compressors, and glibc's takes 8 MiB of what a job may have. 0,
// or an error number.
int thread_start(pthread_t *thread, size_t stack, void *(*work)(void *),
                 void *argument);
