// tty.c - a terminal whose other side somebody else has.
// SPDX-License-Identifier: MIT
#include "core/kernel/tty.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/scope.h"

#ifndef TIOCGPTPEER
#define TIOCGPTPEER _IO('T', 0x41) // Linux 4.13
#endif

int tty_connect(const char *path)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    cleanup_close int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (strlen(path) >= sizeof address.sun_path)
        return failed(ENAMETOOLONG, "--console-socket: %s", path);
    memcpy(address.sun_path, path, strlen(path) + 1);
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) < 0)
        return failed(errno, "--console-socket: can't connect to %s", path);
    return steal_fd(&fd);
}

static int send_master(int master, int to)
{
    union {
        char bytes[CMSG_SPACE(sizeof(int))];
        struct cmsghdr aligned;
    } control = { 0 };
    char name[] = "/dev/ptmx"; // what callers expect it to be called
    struct iovec iov = { name, sizeof name - 1 };
    struct msghdr message = { .msg_iov = &iov,
                              .msg_iovlen = 1,
                              .msg_control = &control,
                              .msg_controllen = sizeof control };
    struct cmsghdr *head = CMSG_FIRSTHDR(&message);

    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_RIGHTS;
    head->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(head), &master, sizeof master);
    if (sendmsg(to, &message, MSG_NOSIGNAL) < 0)
        return failed(errno, "--console-socket: can't send the terminal");
    return 0;
}

int tty_make(int devpts, int socket, unsigned rows, unsigned columns)
{
    struct winsize size = { .ws_row = (unsigned short)rows,
                            .ws_col = (unsigned short)columns };
    int unlocked = 0;
    cleanup_close int master =
        openat(devpts, "ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC | O_NOFOLLOW);
    cleanup_close int terminal = -1;

    if (master < 0 || ioctl(master, TIOCSPTLCK, &unlocked) < 0)
        return failed(errno, "can't make a terminal");
    // by the master itself: a path could lead elsewhere meanwhile
    terminal = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (terminal < 0)
        return failed(errno, "can't open the new terminal");
    if ((rows > 0 || columns > 0) && ioctl(master, TIOCSWINSZ, &size) < 0)
        return failed(errno, "can't set the size of the new terminal");
    return send_master(master, socket) < 0 ? -1 : steal_fd(&terminal);
}

int tty_take(int terminal)
{
    if (ioctl(terminal, TIOCSCTTY, 0) < 0)
        return failed(errno, "can't make the terminal the controlling one");
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (dup2(terminal, fd) < 0)
            return failed(errno, "can't use the terminal");
    return 0;
}
