// scheduler.h - when a process gets the CPU and the disks: sched_setattr(2),
// ioprio_set(2), and on which CPUs.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdint.h>

#include "core/base/fields.h"

// What the words of the OCI runtime specification stand for.
extern const struct choice scheduler_policies[];
extern const struct choice scheduler_flags[];
extern const struct choice scheduler_disk_classes[];

#define SCHEDULER_DEADLINE 6 // SCHED_DEADLINE of linux/sched.h

struct scheduler {
    int policy; // SCHED_*
    int nice;
    uint32_t priority;                  // of realtime policies
    uint32_t flags;                     // SCHED_FLAG_*
    uint64_t runtime, deadline, period; // nanoseconds; SCHED_DEADLINE's
    bool has_runtime;
};

// Of this process, and what it forks. 0, or -1 with errno.
int scheduler_set(const struct scheduler *scheduler);

// The class is one of the words above; "level" is 0, the first to be served, to
// 7. 0, or -1 with errno.
int scheduler_set_disks(int class, int level);
