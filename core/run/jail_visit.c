// jail_visit.c - a further process in a container that runs.
//
// It joins every namespace of the container's process that is another than the
// caller's. All are opened before any is joined, as /proc is the host's; that
// they were those of the very process is asked afterwards: a pid that was
// reused meanwhile has another start time.
// SPDX-License-Identifier: MIT
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/log.h"
#include "core/base/proc.h"
#include "core/base/scope.h"
#include "core/kernel/ns.h"
#include "core/run/gate.h"
#include "core/run/jail_work.h"

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x80 // Linux 5.6
#endif

#define PATH_SIZE 48 // bytes of "/proc/PID/ns/TYPE"

// In the order in which they are joined: the user namespace gives the right to
// the others, and behind the mount namespace nothing of the host can be found.
static const int order[] = {
    CLONE_NEWUSER, CLONE_NEWCGROUP, CLONE_NEWIPC,  CLONE_NEWUTS,
    CLONE_NEWNET,  CLONE_NEWPID,    CLONE_NEWTIME, CLONE_NEWNS,
};

#define KINDS (sizeof order / sizeof order[0])

struct visit {
    struct jail_work work;
    int fds[KINDS]; // -1: it is the caller's own
    int root;       // of one without a mount namespace, or -1
};

// A descriptor of the namespace; -1: the caller is in it, or the kernel has no
// such kind; -2 after failed().
static int open_other(pid_t pid, int flag)
{
    char path[PATH_SIZE];
    dev_t device;
    ino_t inode;
    struct stat st;
    int fd;

    snprintf(path, sizeof path, "/proc/%d/ns/%s", (int)pid, ns_type(flag));
    if (stat(path, &st) < 0) {
        if (errno == ENOENT && flag == CLONE_NEWTIME)
            return -1;
        failed(errno, "can't look at the namespaces of the container");
        return -2;
    }
    if (ns_identity(ns_type(flag), &device, &inode) < 0)
        return -2;
    if (st.st_dev == device && st.st_ino == inode)
        return -1;
    fd = ns_open_path(path, flag);
    return fd < 0 ? -2 : fd;
}

static int open_all(struct visit *visit, pid_t pid, uint64_t start_time)
{
    for (size_t i = 0; i < KINDS; i++) {
        visit->fds[i] = open_other(pid, order[i]);
        if (visit->fds[i] == -2)
            return -1;
    }
    if (jail_is_bare(visit->work.plan)) {
        visit->root = jail_find_bare_root(pid);
        if (visit->root < 0)
            return -1;
    }
    if (!proc_is_alive(pid, start_time))
        return failed(0, "the container has ended");
    return 0;
}

static int join_all(struct visit *visit, bool *needs_child)
{
    for (size_t i = 0; i < KINDS; i++) {
        if (visit->fds[i] < 0)
            continue;
        if (order[i] == CLONE_NEWUSER)
            jail_leave_groups();
        if (ns_enter(visit->fds[i]) < 0)
            return failed(errno, "can't join the %s namespace of the container",
                          ns_type(order[i]));
        if (order[i] == CLONE_NEWPID)
            *needs_child = true;
        if (order[i] == CLONE_NEWUSER) {
            visit->work.user_namespace = true;
            if (jail_become_root() < 0)
                return -1;
        }
    }
    return 0;
}

static int enter(struct visit *visit, pid_t pid, uint64_t start_time)
{
    struct jail_work *work = &visit->work;
    bool needs_child = false;
    int status;

    for (size_t i = 0; i < KINDS; i++)
        visit->fds[i] = -1;
    status = jail_guard_descriptors(work->plan);
    if (status == 0)
        status = jail_open_proc(work);
    if (status == 0)
        status = jail_connect_console(work);
    if (status == 0)
        status = jail_connect_listener(work);
    if (status == 0)
        status = jail_stay_on(work->plan->process.first_cpus, "initial");
    if (status == 0)
        status = open_all(visit, pid, start_time);
    if (status == 0)
        status = jail_set_oom_score(work);
    if (status == 0 && prctl(PR_SET_DUMPABLE, 0) < 0)
        status = failed(errno, "can't guard the process");
    if (status == 0)
        status = join_all(visit, &needs_child);
    if (status == 0)
        status = jail_join_bare_root(visit->root);
    for (size_t i = 0; i < KINDS; i++)
        scope_close(&visit->fds[i]);
    if (status == 0 && needs_child)
        status = jail_go_on_in_child(work);
    if (status < 0)
        return -1;
    if (gate_arrive(work->gate, needs_child ? 0 : getpid(), &work->told) < 0)
        return -1;
    return jail_stay_on(work->plan->process.final_cpus, "final");
}

static int become(struct jail_work *work)
{
    cleanup_free char *program = NULL;

    work->points.root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (work->points.root < 0)
        return failed(errno, "can't open the root of the container");
    if (jail_make_terminal(work) < 0 ||
        jail_prepare_process(work, &program) < 0)
        return -1;
    return jail_become(work, program);
}

int jail_visit(const struct jail *plan, pid_t pid, uint64_t start_time,
               struct gate *gate)
{
    struct visit visit = { .work = { .plan = plan,
                                     .gate = gate,
                                     .terminal = -1,
                                     .proc = -1,
                                     .visits = true },
                           .root = -1 };

    if (enter(&visit, pid, start_time) == 0)
        become(&visit.work);
    filter_free(&visit.work.filter);
    gate_fail(gate);
    return -1;
}
