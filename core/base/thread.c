// thread.c - threads of this process.
// SPDX-License-Identifier: MIT
#include "core/base/thread.h"

#include <sched.h>

unsigned thread_cpus(void)
{
    cpu_set_t cpus;

    if (sched_getaffinity(0, sizeof cpus, &cpus) < 0)
        return 1; // more than the set has room for
    return (unsigned)CPU_COUNT(&cpus);
}

int thread_start(pthread_t *thread, size_t stack, void *(*work)(void *),
                 void *argument)
{
    pthread_attr_t attributes;
    int error;

    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, stack);
    error = pthread_create(thread, &attributes, work, argument);
    pthread_attr_destroy(&attributes);
    return error;
}
