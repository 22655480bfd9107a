// server.c - the process that serves an image.
// SPDX-License-Identifier: MIT
#include "core/fuse/server.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/proc.h"

// A fork whose end sends no signal: wait(2) of the program that this process
// becomes does not see it (wait(2), __WCLONE), so a shell that waits for all
// its children does not wait for the server. When this process ends, init
// inherits the server, and then it is a child like others.
static pid_t fork_unseen(void)
{
    return (pid_t)syscall(SYS_clone, 0, NULL, NULL, NULL, NULL);
}

// A job's step may be bound to one core; its server is everybody's, and may use
// all CPUs that the kernel (cpusets) leaves to it. That it may not is no error.
static void use_all_cpus(void)
{
    cpu_set_t cpus;

    memset(&cpus, 0xff, sizeof cpus);
    if (sched_setaffinity(0, sizeof cpus, &cpus) < 0)
        errno = 0;
}

// Let go of everything that came from whoever started us.
static int detach(const struct fuse_image *served, int go)
{
    int keep[] = { served->device, squash_fd(served->image), go };
    sigset_t all;

    sigfillset(&all);
    if (sigprocmask(SIG_SETMASK, &all, NULL) < 0)
        return failed(errno, "can't block signals");
    if (setsid() < 0)
        return failed(errno, "can't start a session");
    if (chdir("/") < 0)
        return failed(errno, "can't change to /");
    prctl(PR_SET_NAME, "ch-server");
    // root within the container's user namespace must not get at the host's
    // files by /proc/PID/root of a process that has them (ptrace(2))
    if (served->hidden && prctl(PR_SET_DUMPABLE, 0) < 0)
        return failed(errno, "can't hide the server");
    use_all_cpus();
    if (proc_null_stdio() < 0)
        return -1;
    return proc_close_others(keep, sizeof keep / sizeof *keep);
}

// The parent says go, or is gone, by closing the other end. In the second case
// nothing was mounted, and the first read of the device says so.
static void wait_for_go(int go)
{
    char byte;

    while (read(go, &byte, 1) < 0 && errno == EINTR)
        continue;
    close(go);
}

static void be_server(const struct fuse_image *served, int go)
{
    if (detach(served, go) < 0)
        _exit(1);
    wait_for_go(go);
    _exit(fuse_serve(served) < 0 ? 1 : 0);
}

int fuse_server_start(const struct fuse_image *served,
                      struct fuse_server *server)
{
    int ends[2];

    if (pipe2(ends, O_CLOEXEC) < 0)
        return failed(errno, "can't make a pipe");
    server->pid = fork_unseen();
    if (server->pid == 0) {
        // The child must not keep the writing end: it waits for its last.
        close(ends[1]);
        be_server(served, ends[0]);
    }
    close(ends[0]);
    server->go = ends[1];
    if (server->pid > 0)
        return 0;
    close(ends[1]);
    return failed(errno, "can't fork the server");
}

void fuse_server_go(struct fuse_server *server)
{
    close(server->go);
    server->go = -1;
}
