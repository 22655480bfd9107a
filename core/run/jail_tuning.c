// jail_tuning.c - how the kernel treats a container's process: its clocks, its
// keys, and when and where it gets CPU, disks and memory.
//
// Scheduling is set last of all. A policy without privileges to come back from
// it, or SCHED_DEADLINE, which must not fork, would be in the way of the rest.
// SPDX-License-Identifier: MIT
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/errno_text.h"
#include "core/base/fs.h"
#include "core/base/log.h"
#include "core/base/number_list.h"
#include "core/base/scope.h"
#include "core/kernel/memory_policy.h"
#include "core/kernel/scheduler.h"
#include "core/run/jail_work.h"

#define JOIN_SESSION_KEYRING 1 // keyctl(2)

// Zero is what a new namespace has.
static void add_clock(char *text, size_t size, const char *name,
                      const struct jail_clock *clock)
{
    size_t length = strlen(text);

    if (clock->seconds.number != 0 || clock->nanoseconds != 0)
        snprintf(text + length, size - length, "%s %lld %u\n", name,
                 (long long)clock->seconds.number, clock->nanoseconds);
}

// A process that has changed its user, or that others may not look into, can't
// open its own file any more; whoever opened it before may write.
int jail_open_clocks(struct jail_work *work)
{
    work->clocks = -1;
    if (!work->plan->has_clocks)
        return 0;
    work->clocks =
        openat(work->proc, "self/timens_offsets", O_WRONLY | O_CLOEXEC);
    return work->clocks >= 0 ? 0 : failed(errno, "can't set linux.timeOffsets");
}

int jail_set_clocks(struct jail_work *work)
{
    const struct jail *plan = work->plan;
    cleanup_close int clocks = steal_fd(&work->clocks);
    char text[128] = "";

    if (!plan->has_clocks)
        return 0;
    add_clock(text, sizeof text, "monotonic", &plan->monotonic);
    add_clock(text, sizeof text, "boottime", &plan->boottime);
    if (text[0] != '\0' && fs_write_all(clocks, text, strlen(text)) < 0)
        return failed(errno, "can't set linux.timeOffsets");
    return 0;
}

// Without a name: one that another process has made could be joined by it.
// Where the caller's quota of keys is used up, the container lives with his
// keyring, as it does where a filter forbids keyctl(2).
int jail_new_keyring(const struct jail *plan)
{
    if (plan->keep_keyring)
        return 0;
    if (syscall(SYS_keyctl, JOIN_SESSION_KEYRING, NULL) < 0)
        log_warn("no session keyring of the container's own: %s",
                 errno_text(errno));
    return 0;
}

int jail_stay_on(const char *cpus, const char *name)
{
    struct number_list list;

    if (cpus == NULL || number_list_read(&list, cpus) < 0 || list.count == 0)
        return 0; // spec_check.c has read it before
    if (syscall(SYS_sched_setaffinity, 0, sizeof list.bits, list.bits) < 0)
        return failed(errno,
                      "can't use the CPUs %s (process.execCPUAffinity.%s)",
                      cpus, name);
    return 0;
}

static int set_memory_policy(const struct jail_memory_policy *policy)
{
    struct number_list nodes;

    if (!policy->given)
        return 0;
    if (number_list_read(&nodes, policy->nodes != NULL ? policy->nodes : "") <
        0)
        return failed(EINVAL, "linux.memoryPolicy.nodes");
    if (memory_policy_set(policy->mode, policy->flags, &nodes) < 0)
        return failed(errno, "can't set linux.memoryPolicy (nodes: %s)",
                      policy->nodes != NULL ? policy->nodes : "none");
    return 0;
}

// SCHED_DEADLINE counts on all CPUs of a scheduling domain (sched(7)).
static const char *scheduler_hint(int errnum, const struct scheduler *s)
{
    return errnum == EPERM && s->policy == SCHEDULER_DEADLINE
               ? " (this process scheduler can't be used together with "
                 "AllowedCPUs: linux.resources.cpu.cpus)"
               : "";
}

int jail_tune(const struct jail *plan)
{
    const struct jail_process *process = &plan->process;

    if (set_memory_policy(&plan->memory_policy) < 0)
        return -1;
    if (plan->personality.given &&
        personality((unsigned)plan->personality.domain) < 0)
        return failed(errno, "can't set linux.personality");
    if (process->has_disk_priority &&
        scheduler_set_disks(process->disk_priority.class,
                            process->disk_priority.level) < 0)
        return failed(errno, "can't set process.ioPriority");
    if (process->has_scheduler && scheduler_set(&process->scheduler) < 0)
        return failed(errno, "can't set process.scheduler%s",
                      scheduler_hint(errno, &process->scheduler));
    return 0;
}
