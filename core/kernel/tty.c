// tty.c - a terminal whose other side somebody else has.
// SPDX-License-Identifier: MIT
#include "core/kernel/tty.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdbool.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/vfs.h>
#include <termios.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/scope.h"

#define TTYAUX_MAJOR 5 // linux/major.h
#define PTMX_MINOR 2   // Documentation/admin-guide/devices.txt

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

static bool is_ptmx(const struct stat *st)
{
    return S_ISCHR(st->st_mode) &&
           st->st_rdev == makedev(TTYAUX_MAJOR, PTMX_MINOR);
}

// What is at that place is the container's doing: another file system could
// lead a terminal's place to any file (CVE-2025-52565).
static int check_devpts(int devpts)
{
    struct statfs fs;
    struct stat st;

    if (fstatfs(devpts, &fs) < 0 || fs.f_type != DEVPTS_SUPER_MAGIC)
        return failed(0, "/dev/pts of the container is not a devpts");
    if (fstatat(devpts, "ptmx", &st, AT_SYMLINK_NOFOLLOW) < 0 || !is_ptmx(&st))
        return failed(0, "/dev/pts/ptmx of the container is another file");
    return 0;
}

// A descriptor of a new one's master, or -1 after failed().
static int open_master(int devpts)
{
    cleanup_close int fd = -1;
    struct stat st;

    if (check_devpts(devpts) < 0)
        return -1;
    fd = openat(devpts, "ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0 || fstat(fd, &st) < 0)
        return failed(errno, "can't make a terminal");
    // once more, as something could have been mounted there meanwhile
    if (!is_ptmx(&st))
        return failed(0, "/dev/pts/ptmx of the container is another file");
    return steal_fd(&fd);
}

// The other side of a new one whose master, which is closed, is sent.
static int hand_over(int fd, int socket, unsigned rows, unsigned columns)
{
    struct winsize size = { .ws_row = (unsigned short)rows,
                            .ws_col = (unsigned short)columns };
    int unlocked = 0;
    cleanup_close int master = fd;
    cleanup_close int terminal = -1;

    if (ioctl(master, TIOCSPTLCK, &unlocked) < 0)
        return failed(errno, "can't make a terminal");
    // by the master itself: a path could lead elsewhere meanwhile
    terminal = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (terminal < 0)
        return failed(errno, "can't open the new terminal");
    if ((rows > 0 || columns > 0) && ioctl(master, TIOCSWINSZ, &size) < 0)
        return failed(errno, "can't set the size of the new terminal");
    return send_master(master, socket) < 0 ? -1 : steal_fd(&terminal);
}

int tty_make(int devpts, int socket, unsigned rows, unsigned columns)
{
    int master = open_master(devpts);

    return master < 0 ? -1 : hand_over(master, socket, rows, columns);
}

int tty_make_here(int socket, unsigned rows, unsigned columns)
{
    int master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);

    if (master < 0)
        return failed(errno, "can't make a terminal");
    return hand_over(master, socket, rows, columns);
}

int tty_keep_lines(int terminal)
{
    struct termios now;

    if (tcgetattr(terminal, &now) < 0)
        return failed(errno, "can't ask how the new terminal is");
    now.c_oflag &= ~(tcflag_t)ONLCR;
    return tcsetattr(terminal, TCSANOW, &now) == 0
               ? 0
               : failed(errno, "can't change how the new terminal is");
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
