// socket_path.c - local sockets by the path of a file.
// SPDX-License-Identifier: MIT
#include "core/kernel/socket_path.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "core/base/scope.h"

int socket_connect_path(const char *path)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    cleanup_close int fd = -1;

    if (strlen(path) >= sizeof address.sun_path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    memcpy(address.sun_path, path, strlen(path) + 1);
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) < 0)
        return -1;
    return steal_fd(&fd);
}
