// aside.c - a process of ours beside the command, which belongs to nobody.
// SPDX-License-Identifier: MIT
#include "core/kernel/aside.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/proc.h"

// Bytes of its first stack: not the maker's, which may be limited.
#define STACK (256 << 10)

// A fork whose end sends no signal: wait(2) of the program that this process
// becomes does not see it (wait(2), __WCLONE), so a shell that waits for all
// its children does not wait for it. When this process ends, init inherits
// it, and then it is a child like others.
//
// By clone(3), not the bare system call: the library must know that it is
// another process, or abort(3) in it would send its signal to the caller.
pid_t aside_fork(int (*body)(void *), void *argument)
{
    char *stack = malloc(STACK);
    uint64_t before = proc_signals_blocked();
    sigset_t all;
    pid_t pid = -1;
    int saved;

    if (stack == NULL)
        return -1;
    // it is born deaf: a Ctrl-C meanwhile is the command's
    sigfillset(&all);
    if (sigprocmask(SIG_SETMASK, &all, NULL) == 0) {
        pid = clone(body, stack + STACK, 0, argument);
        saved = errno;
        proc_block_signals(before);
        errno = saved;
    }
    saved = errno;
    free(stack); // the new process has a copy
    errno = saved;
    return pid;
}

const char *aside_hint(int errnum)
{
    return errnum == EAGAIN ? " (too many processes: the limit is ulimit -u, "
                              "or pids.max of a cgroup)"
                            : "";
}

int aside_settle(const struct aside *how)
{
    if (setsid() < 0)
        return failed(errno, "can't start a session");
    if (chdir("/") < 0)
        return failed(errno, "can't change to /");
    prctl(PR_SET_NAME, how->name);
    // root within the container's user namespace must not get at the host's
    // files by /proc/PID/root of a process that has them (ptrace(2))
    if (how->hidden && prctl(PR_SET_DUMPABLE, 0) < 0)
        return failed(errno, "can't hide %s", how->name);
    if (proc_null_stdio() < 0)
        return -1;
    return proc_close_others(how->keep, how->keep_count);
}
