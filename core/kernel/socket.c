// socket.c - local sockets: names without files, descriptors sent along.
// SPDX-License-Identifier: MIT
#include "core/kernel/socket.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/base/proc.h"

#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD 77 // Linux 6.5
#endif

// Bytes of the control part of a message.
union control {
    char bytes[CMSG_SPACE(PARCEL_FDS * sizeof(int))];
    struct cmsghdr aligned;
};

static int limit_time(int fd, unsigned seconds)
{
    struct timeval limit = { .tv_sec = seconds };

    if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) < 0)
        return -1;
    return setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
}

int socket_open(unsigned seconds)
{
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

    if (fd >= 0 && limit_time(fd, seconds) < 0) {
        close(fd);
        return -1;
    }
    return fd;
}

int socket_pair(int ends[2])
{
    return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends);
}

// An abstract name starts with a NUL and ends with the address, not by a NUL.
static socklen_t name_it(struct sockaddr_un *address, const char *name)
{
    size_t length = strnlen(name, SOCKET_NAME_MAX);

    *address = (struct sockaddr_un){ .sun_family = AF_UNIX };
    memcpy(address->sun_path + 1, name, length);
    return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + length);
}

int socket_connect(int fd, const char *name)
{
    struct sockaddr_un address;
    socklen_t size = name_it(&address, name);
    int status;

    do {
        status = connect(fd, (struct sockaddr *)&address, size);
    } while (status < 0 && errno == EINTR);
    return status;
}

int socket_claim(int fd, const char *name)
{
    struct sockaddr_un address;
    socklen_t size = name_it(&address, name);

    if (bind(fd, (struct sockaddr *)&address, size) < 0)
        return -1;
    return listen(fd, SOMAXCONN);
}

// listen(2) once more sets the credentials anew.
int socket_take_over(int fd)
{
    return listen(fd, SOMAXCONN);
}

int socket_accept(int fd)
{
    return accept4(fd, NULL, NULL, SOCK_CLOEXEC);
}

int socket_peer(int fd, uid_t *uid, pid_t *pid)
{
    struct ucred peer;
    socklen_t size = sizeof peer;

    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0)
        return -1;
    *uid = peer.uid;
    *pid = peer.pid;
    return 0;
}

// The kernel's own descriptor names that process for good, in whatever pid
// namespace it is; a number may be another's by now, which is the lesser evil.
int socket_peer_process(int fd)
{
    int process = -1;
    socklen_t size = sizeof process;
    uid_t uid;
    pid_t pid;

    if (getsockopt(fd, SOL_SOCKET, SO_PEERPIDFD, &process, &size) == 0)
        return process;
    if (errno != ENOPROTOOPT) {
        errno = errno == EINVAL ? ESRCH : errno;
        return -1;
    }
    return socket_peer(fd, &uid, &pid) < 0 ? -1 : proc_open(pid);
}

int socket_send(int fd, const struct parcel *parcel)
{
    size_t size = parcel->count * sizeof *parcel->fds;
    struct iovec bytes = { parcel->bytes, parcel->size };
    struct msghdr message = { .msg_iov = &bytes, .msg_iovlen = 1 };
    union control control;
    ssize_t n;

    if (parcel->count > 0) {
        struct cmsghdr *header = &control.aligned;

        memset(&control, 0, sizeof control);
        message.msg_control = &control;
        message.msg_controllen = CMSG_SPACE(size);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(size);
        memcpy(CMSG_DATA(header), parcel->fds, size);
    }
    do {
        n = sendmsg(fd, &message, MSG_NOSIGNAL);
    } while (n < 0 && errno == EINTR);
    return n < 0 ? -1 : 0;
}

static void take_descriptors(struct msghdr *message, struct parcel *parcel)
{
    struct cmsghdr *header = CMSG_FIRSTHDR(message);
    size_t size;

    parcel->count = 0;
    if (header == NULL || header->cmsg_level != SOL_SOCKET ||
        header->cmsg_type != SCM_RIGHTS)
        return;
    size = header->cmsg_len - CMSG_LEN(0);
    memcpy(parcel->fds, CMSG_DATA(header), size);
    parcel->count = size / sizeof *parcel->fds;
}

int socket_receive(int fd, struct parcel *parcel)
{
    struct iovec bytes = { parcel->bytes, parcel->size };
    union control control;
    struct msghdr message = { .msg_iov = &bytes,
                              .msg_iovlen = 1,
                              .msg_control = &control,
                              .msg_controllen = sizeof control };
    ssize_t n;

    do {
        n = recvmsg(fd, &message, MSG_CMSG_CLOEXEC);
    } while (n < 0 && errno == EINTR);
    if (n <= 0)
        return (int)n;
    take_descriptors(&message, parcel);
    parcel->size = (size_t)n;
    if ((message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) == 0)
        return 1;
    for (size_t i = 0; i < parcel->count; i++)
        close(parcel->fds[i]);
    parcel->count = 0;
    errno = EMSGSIZE;
    return -1;
}
