// fusermount.c - mounts of an ordinary user that more than his own command
// sees, by the setuid program that comes with FUSE: fusermount3(1).
//
// The program opens /dev/fuse, mounts, and passes the descriptor on by a
// socket whose number stands in its environment (SCM_RIGHTS, unix(7)); the
// protocol is that between libfuse and its fusermount3. What it says on
// stderr becomes part of our own one line of error. It follows no symbolic
// link to a directory, so that is done for it.
// SPDX-License-Identifier: MIT
#include "core/run/fusermount.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/errno_text.h"
#include "core/base/log.h"
#include "core/base/proc.h"
#include "core/base/scope.h"
#include "core/fuse/mount.h"

#define PROGRAM "fusermount3"
#define SOCKET_VARIABLE "_FUSE_COMMFD"
#define SAID_MAX 1024 // bytes of what the program says that are passed on
#define NOT_FOUND 127 // exit status of the child that could not execute it

// One run of the program.
struct call {
    char *const *argv;
    int socket;          // that it gets; -1: none
    char said[SAID_MAX]; // on stderr
    int status;          // of its exit
};

// The rest of what it says is read as well, so that it need not wait for us.
static void listen_to(struct call *call, int fd)
{
    char rest[SAID_MAX];
    size_t length = 0;
    ssize_t n;

    do {
        char *to = length < SAID_MAX - 1 ? call->said + length : rest;
        size_t room = to == rest ? sizeof rest : SAID_MAX - 1 - length;

        n = read(fd, to, room);
        if (n > 0 && to != rest)
            length += (size_t)n;
    } while (n > 0 || (n < 0 && errno == EINTR));
    while (length > 0 && call->said[length - 1] == '\n')
        length--;
    call->said[length] = '\0';
}

// In the child: only execs or exits.
static void execute(const struct call *call, int stderr_pipe)
{
    if (dup2(stderr_pipe, STDERR_FILENO) >= 0 &&
        (call->socket < 0 || fcntl(call->socket, F_SETFD, 0) == 0))
        execvp(call->argv[0], call->argv);
    _exit(errno == ENOENT ? NOT_FOUND : 1);
}

// Run it and wait. 0, or -1 with errno and without failed().
static int run(struct call *call)
{
    // a caller that ignores SIGCHLD would keep us from learning its status
    struct sigaction usual = { .sa_handler = SIG_DFL };
    struct sigaction before;
    int fds[2];
    pid_t pid;

    if (pipe2(fds, O_CLOEXEC) < 0)
        return -1;
    cleanup_close int from = fds[0];
    cleanup_close int to = fds[1];
    sigaction(SIGCHLD, &usual, &before);
    log_call("fork, execvp(%s)", call->argv[0]);
    pid = fork();
    if (pid == 0)
        execute(call, to);
    close(steal_fd(&to));
    if (pid > 0) {
        listen_to(call, from);
        call->status = proc_wait(pid);
    }
    sigaction(SIGCHLD, &before, NULL);
    return pid < 0 || call->status < 0 ? -1 : 0;
}

// What is to be said of a run that has failed.
static const char *reason_of(const struct call *call)
{
    if (call->status == NOT_FOUND)
        return "there is no " PROGRAM " in PATH";
    return call->said[0] != '\0' ? call->said : PROGRAM " failed";
}

// The descriptor that came by the socket, or -1 if none did.
static int receive(int socket)
{
    char byte;
    struct iovec data = { &byte, 1 };
    union {
        struct cmsghdr head; // for its alignment
        char bytes[CMSG_SPACE(sizeof(int))];
    } control;
    struct msghdr message = { .msg_iov = &data,
                              .msg_iovlen = 1,
                              .msg_control = control.bytes,
                              .msg_controllen = sizeof control.bytes };
    const struct cmsghdr *head;
    int fd = -1;

    if (recvmsg(socket, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT) <= 0)
        return -1;
    head = CMSG_FIRSTHDR(&message);
    if (head != NULL && head->cmsg_level == SOL_SOCKET &&
        head->cmsg_type == SCM_RIGHTS && head->cmsg_len >= CMSG_LEN(sizeof fd))
        memcpy(&fd, CMSG_DATA(head), sizeof fd);
    return fd;
}

// The options as the program wants them: commas and backslashes of the source
// are quoted by backslashes.
static char *mount_options(const char *source)
{
    static const char fixed[] =
        "ro,nosuid,nodev,default_permissions,subtype=" FUSE_SUBTYPE ",fsname=";
    char *options = malloc(sizeof fixed + 2 * strlen(source));
    char *to = options;

    if (options == NULL) {
        failed(errno, "can't run " PROGRAM);
        return NULL;
    }
    to = stpcpy(to, fixed);
    for (; *source != '\0'; source++) {
        if (*source == ',' || *source == '\\')
            *to++ = '\\';
        *to++ = *source;
    }
    *to = '\0';
    return options;
}

static int run_with_socket(struct call *call)
{
    char number[3 * sizeof(int) + 1];
    int sockets[2];

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) < 0)
        return failed(errno, "can't run " PROGRAM);
    cleanup_close int ours = sockets[0];
    cleanup_close int theirs = sockets[1];
    snprintf(number, sizeof number, "%d", theirs);
    if (setenv(SOCKET_VARIABLE, number, 1) < 0)
        return failed(errno, "can't run " PROGRAM);
    call->socket = theirs;
    int status = run(call);

    unsetenv(SOCKET_VARIABLE);
    if (status < 0)
        return failed(errno, "can't run " PROGRAM);
    if (call->status != 0)
        return failed(0, "%s", reason_of(call));
    status = receive(ours);
    return status >= 0 ? status : failed(0, PROGRAM " passed no device on");
}

int fusermount_mount(const char *source, const char *dir)
{
    cleanup_free char *options = mount_options(source);
    cleanup_free char *target = realpath(dir, NULL);
    int device;

    if (options == NULL)
        return -1;
    if (target == NULL)
        return failed(errno, "can't mount %s at %s", source, dir);
    struct call call = { .argv = (char *[]){ (char[]){ PROGRAM },
                                             (char[]){ "-o" }, options,
                                             (char[]){ "--" }, target, NULL } };

    device = run_with_socket(&call);
    return device >= 0 ? device
                       : failed_while("can't mount %s at %s", source, dir);
}

int fusermount_unmount(const char *dir, bool lazily, char **reason)
{
    char *target = realpath(dir, NULL);
    char options[] = "-uz";
    struct call call = { .argv = (char *[]){ (char[]){ PROGRAM }, options,
                                             (char[]){ "--" }, target, NULL },
                         .socket = -1 };
    int status;
    int errnum;

    if (!lazily)
        options[sizeof "-u" - 1] = '\0';
    status = target != NULL ? run(&call) : -1;
    errnum = errno;
    free(target);
    *reason = NULL;
    if (status == 0 && call.status == 0)
        return 0;
    *reason = strdup(status < 0 ? errno_text(errnum) : reason_of(&call));
    return -1;
}
