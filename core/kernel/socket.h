// socket.h - local sockets: names without files, descriptors sent along.
//
// Names are abstract (unix(7)): nothing is on any disk, and a name is free
// again at once when the last process that holds its socket is gone, however
// it died. Messages keep their bounds (SOCK_SEQPACKET).
// SPDX-License-Identifier: MIT
#pragma once

#include <stddef.h>
#include <sys/types.h>

#define SOCKET_NAME_MAX 107 // bytes of a name
#define PARCEL_FDS 64       // descriptors in a message

// A message.
struct parcel {
    void *bytes; // borrowed
    size_t size; // of them; for receiving: at most
    int fds[PARCEL_FDS];
    size_t count;
};

// A socket, close-on-exec, whose connecting and receiving give up with EAGAIN
// after "seconds". The descriptor, or -1 with errno.
int socket_open(unsigned seconds);

// Two that are connected, without a time limit. 0, or -1 with errno.
int socket_pair(int ends[2]);

// To whoever listens at "name". 0, or -1 with errno; ECONNREFUSED: nobody does.
int socket_connect(int fd, const char *name);

// Listen at "name". 0, or -1 with errno; EADDRINUSE: somebody else has it.
int socket_claim(int fd, const char *name);

// Made by another process: who connects from now on sees this one as the other
// end (socket_peer()). 0, or -1 with errno.
int socket_take_over(int fd);

// The next who connected. The descriptor, or -1 with errno.
int socket_accept(int fd);

// Who is at the other end: his effective user id as this user namespace names
// it, the overflow id when it does not; his pid, 0 when this pid namespace
// lacks him. Of a listener: as of listening. 0, or -1 with errno.
int socket_peer(int fd, uid_t *uid, pid_t *pid);

// A descriptor of the process at the other end (pidfd_open(2)); readable when
// it has ended. -1 with errno; ESRCH: it is gone.
int socket_peer_process(int fd);

// 0, or -1 with errno. The descriptors stay the caller's.
int socket_send(int fd, const struct parcel *parcel);

// 1; 0 when the other end is closed; -1 with errno. Sets the parcel's size and
// descriptors (close-on-exec), which are the caller's. A message that does not
// fit is an error (EMSGSIZE).
int socket_receive(int fd, struct parcel *parcel);
