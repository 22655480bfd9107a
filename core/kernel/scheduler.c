// scheduler.c - when a process gets the CPU and the disks.
//
// sched_setattr(2) and ioprio_set(2) have no functions in the C library.
// SPDX-License-Identifier: MIT
#include "core/kernel/scheduler.h"

#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/base/log.h"

// linux/sched.h and linux/ioprio.h, which old kernel headers lack in part.
const struct choice scheduler_policies[] = {
    { "SCHED_OTHER", 0 },
    { "SCHED_FIFO", 1 },
    { "SCHED_RR", 2 },
    { "SCHED_BATCH", 3 },
    { "SCHED_ISO", 4 },
    { "SCHED_IDLE", 5 },
    { "SCHED_DEADLINE", SCHEDULER_DEADLINE },
    { NULL, 0 },
};

const struct choice scheduler_flags[] = {
    { "SCHED_FLAG_RESET_ON_FORK", 0x01 },
    { "SCHED_FLAG_RECLAIM", 0x02 },
    { "SCHED_FLAG_DL_OVERRUN", 0x04 },
    { "SCHED_FLAG_KEEP_POLICY", 0x08 },
    { "SCHED_FLAG_KEEP_PARAMS", 0x10 },
    { "SCHED_FLAG_UTIL_CLAMP_MIN", 0x20 },
    { "SCHED_FLAG_UTIL_CLAMP_MAX", 0x40 },
    { NULL, 0 },
};

const struct choice scheduler_disk_classes[] = {
    { "IOPRIO_CLASS_RT", 1 },
    { "IOPRIO_CLASS_BE", 2 },
    { "IOPRIO_CLASS_IDLE", 3 },
    { NULL, 0 },
};

#define CLASS_SHIFT 13
#define WHO_PROCESS 1

// struct sched_attr in its first version, with which every kernel is content.
struct attr {
    uint32_t size;
    uint32_t policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t runtime, deadline, period;
};

int scheduler_set(const struct scheduler *scheduler)
{
    struct attr attr = {
        .size = sizeof attr,
        .policy = (uint32_t)scheduler->policy,
        .flags = scheduler->flags,
        .nice = scheduler->nice,
        .priority = scheduler->priority,
        .runtime = scheduler->runtime,
        .deadline = scheduler->deadline,
        .period = scheduler->period,
    };

    log_call("sched_setattr(policy %d, nice %d, priority %u)",
             scheduler->policy, scheduler->nice, scheduler->priority);
    return (int)syscall(SYS_sched_setattr, 0, &attr, 0);
}

int scheduler_set_disks(int class, int level)
{
    log_call("ioprio_set(class %d, level %d)", class, level);
    return (int)syscall(SYS_ioprio_set, WHO_PROCESS, 0,
                        class << CLASS_SHIFT | level);
}
