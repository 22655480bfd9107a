// lock.c - a lock on a file that names who has it.
// SPDX-License-Identifier: MIT
#include "core/kernel/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "core/base/log.h"

static int set(int fd, short type, off_t byte)
{
    struct flock one = {
        .l_type = type, .l_whence = SEEK_SET, .l_start = byte, .l_len = 1
    };

    log_call("fcntl(fd %d, F_OFD_SETLK, %s, byte %lld)", fd,
             type == F_WRLCK ? "F_WRLCK" : "F_RDLCK", (long long)byte);
    return fcntl(fd, F_OFD_SETLK, &one);
}

int lock_try(int fd, bool alone)
{
    if (set(fd, alone ? F_WRLCK : F_RDLCK, 0) < 0)
        return errno == EAGAIN || errno == EACCES ? 1 : -1;
    return set(fd, F_RDLCK, getpid()); // pids begin with 1
}

int lock_wait(int fd)
{
    struct flock one = { .l_type = F_RDLCK, .l_whence = SEEK_SET, .l_len = 1 };
    int status;

    log_call("fcntl(fd %d, F_OFD_SETLKW, F_RDLCK, byte 0)", fd);
    do
        status = fcntl(fd, F_OFD_SETLKW, &one);
    while (status < 0 && errno == EINTR);
    return status;
}

pid_t lock_owner(int fd)
{
    struct flock found = { .l_type = F_WRLCK,
                           .l_whence = SEEK_SET,
                           .l_start = 1 };

    if (fcntl(fd, F_OFD_GETLK, &found) < 0 || found.l_type == F_UNLCK)
        return 0;
    return (pid_t)found.l_start;
}
