// cpus.h - the CPUs that this process may run on (sched_setaffinity(2)).
// SPDX-License-Identifier: MIT
#pragma once

#include <sched.h>

// Keep this process and what it forks on the CPU that it is on. Two processes
// that take turns are faster so: waking another CPU from its sleep takes
// longer than most answers. What was allowed before is put into "before"; 0,
// or -1 when nothing has changed: it is only a matter of speed.
int cpus_stay(cpu_set_t *before);

// Allow again what was allowed before cpus_stay().
void cpus_restore(const cpu_set_t *before);

// Allow all that the kernel (cpuset(7)) leaves to this thread, and those that
// it will start, whatever was inherited. How many these are, at least 1.
unsigned cpus_use_all(void);
