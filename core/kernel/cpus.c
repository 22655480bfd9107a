// cpus.c - the CPUs that this process may run on.
// SPDX-License-Identifier: MIT
#include "core/kernel/cpus.h"

#include <string.h>

#include "core/base/log.h"

int cpus_stay(cpu_set_t *before)
{
    int cpu = sched_getcpu();
    cpu_set_t one;

    if (cpu < 0 || cpu >= CPU_SETSIZE ||
        sched_getaffinity(0, sizeof *before, before) < 0)
        return -1;
    CPU_ZERO(&one);
    CPU_SET(cpu, &one);
    log_call("sched_setaffinity(cpu %d)", cpu);
    return sched_setaffinity(0, sizeof one, &one);
}

void cpus_restore(const cpu_set_t *before)
{
    log_call("sched_setaffinity(as before)");
    // where the administrator has taken CPUs away meanwhile, it is the
    // kernel's choice that holds
    (void)sched_setaffinity(0, sizeof *before, before);
}

unsigned cpus_use_all(void)
{
    cpu_set_t cpus;

    memset(&cpus, 0xff, sizeof cpus);
    // that it may not is no error
    (void)sched_setaffinity(0, sizeof cpus, &cpus);
    if (sched_getaffinity(0, sizeof cpus, &cpus) < 0)
        return 1;
    return (unsigned)CPU_COUNT(&cpus);
}
