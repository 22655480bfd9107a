// server.c - the process that serves an image.
// SPDX-License-Identifier: MIT
#include "core/fuse/server.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/proc.h"

// Bytes of the server's first stack: not the caller's, which may be limited.
#define STACK (256 << 10)

// What the new process is to know.
struct birth {
    struct fuse_image *served;
    int link;  // its end of the connection to the caller
    int other; // the caller's end
};

// Let go of everything that came from whoever started us.
static int detach(const struct fuse_image *served, int link)
{
    int keep[] = { served->device, served->file, link };

    if (setsid() < 0)
        return failed(errno, "can't start a session");
    if (chdir("/") < 0)
        return failed(errno, "can't change to /");
    prctl(PR_SET_NAME, "ch-server");
    // root within the container's user namespace must not get at the host's
    // files by /proc/PID/root of a process that has them (ptrace(2))
    if (served->hidden && prctl(PR_SET_DUMPABLE, 0) < 0)
        return failed(errno, "can't hide the server");
    if (proc_null_stdio() < 0)
        return -1;
    return proc_close_others(keep, sizeof keep / sizeof *keep);
}

// The parent says go, or is gone, by closing the other end. In the second case
// nothing was mounted, and the first read of the device says so.
static void wait_for_go(int link)
{
    char byte;

    while (read(link, &byte, 1) < 0 && errno == EINTR)
        continue;
    close(link);
}

static int be_server(void *argument)
{
    const struct birth *birth = argument;

    // The connection ends when its other end is closed by all.
    close(birth->other);
    if (detach(birth->served, birth->link) < 0 ||
        fuse_load(birth->served) < 0) {
        err_send(birth->link);
        _exit(1);
    }
    shutdown(birth->link, SHUT_WR); // no error will come
    close(birth->served->file);     // the open image has one of its own
    wait_for_go(birth->link);
    // whoever reads the mount sees what fails here: nobody answers
    _exit(fuse_serve(birth->served) < 0 ? 1 : 0);
}

// A fork whose end sends no signal: wait(2) of the program that this process
// becomes does not see it (wait(2), __WCLONE), so a shell that waits for all
// its children does not wait for the server. When this process ends, init
// inherits the server, and then it is a child like others.
//
// By clone(3), not the bare system call: the library must know that it is
// another process, or abort(3) in it would send its signal to the caller.
static pid_t fork_unseen(struct birth *birth)
{
    char *stack = malloc(STACK);
    sigset_t all, before;
    pid_t pid = -1;
    int saved;

    if (stack == NULL)
        return -1;
    // the server is born deaf: a Ctrl-C meanwhile is the command's
    sigfillset(&all);
    if (sigprocmask(SIG_SETMASK, &all, &before) == 0) {
        pid = clone(be_server, stack + STACK, 0, birth);
        saved = errno;
        sigprocmask(SIG_SETMASK, &before, NULL);
        errno = saved;
    }
    saved = errno;
    free(stack); // the server has a copy
    errno = saved;
    return pid;
}

int fuse_server_start(struct fuse_image *served, struct fuse_server *server)
{
    struct birth birth = { .served = served };
    int ends[2];

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
        return failed(errno, "can't connect to the server");
    birth.link = ends[0];
    birth.other = ends[1];
    server->pid = fork_unseen(&birth);
    if (server->pid < 0) {
        failed(errno, "can't fork the server");
        close(ends[0]);
        close(ends[1]);
        return -1;
    }
    close(ends[0]);
    server->link = ends[1];
    return 0;
}

int fuse_server_wait(const struct fuse_server *server)
{
    return err_recv(server->link);
}

void fuse_server_go(struct fuse_server *server)
{
    close(server->link);
    server->link = -1;
}
