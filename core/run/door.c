// door.c - where a container that was created waits to be started.
//
// A name in the file system rather than an abstract one: the folder's mode is
// what keeps others out, and a container that shares the network namespace of
// its maker must not be able to knock at its neighbours' doors.
// SPDX-License-Identifier: MIT
#include "core/run/door.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/fs.h"
#include "core/base/scope.h"

// By the folder's descriptor, as a name has room for 107 bytes only.
static void name_it(struct sockaddr_un *address, int folder, const char *name)
{
    char path[FS_FD_PATH];

    *address = (struct sockaddr_un){ .sun_family = AF_UNIX };
    snprintf(address->sun_path, sizeof address->sun_path, "%s/%s",
             fs_fd_path(path, folder), name);
}

int door_make(struct door *door, int folder, const char *name)
{
    struct sockaddr_un address;

    door->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (door->listener < 0)
        return failed(errno, "can't make a socket to be started by");
    name_it(&address, folder, name);
    if (bind(door->listener, (struct sockaddr *)&address, sizeof address) < 0 ||
        listen(door->listener, 1) < 0)
        return failed(errno, "can't make a socket to be started by");
    return 0;
}

void door_close(struct door *door)
{
    if (door->listener >= 0)
        close(door->listener);
    door->listener = -1;
}

// A visitor says one byte, so that one who died at the door starts nothing.
int door_wait(const struct door *door)
{
    while (true) {
        cleanup_close int visitor =
            accept4(door->listener, NULL, NULL, SOCK_CLOEXEC);
        char byte;

        if (visitor < 0 && errno != EINTR && errno != ECONNABORTED)
            return failed(errno, "can't wait to be started");
        if (visitor >= 0 && recv(visitor, &byte, 1, 0) == 1)
            return steal_fd(&visitor);
    }
}

void door_fail(int visitor)
{
    err_send(visitor);
}

int door_knock(int folder, const char *name)
{
    cleanup_close int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_un address;

    name_it(&address, folder, name);
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) < 0)
        return failed(errno, "can't reach the container");
    if (send(fd, "", 1, MSG_NOSIGNAL) != 1)
        return failed(errno, "can't reach the container");
    return err_recv(fd);
}
