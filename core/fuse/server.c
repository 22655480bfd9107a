// server.c - the process that serves an image.
// SPDX-License-Identifier: MIT
#include "core/fuse/server.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/kernel/aside.h"

// What the new process is to know.
struct birth {
    const struct fuse_image *served;
    int go;    // the end of the pipe that it waits at
    int other; // the caller's end
};

static int settle(const struct fuse_image *served, int go)
{
    int keep[] = { served->device, squash_fd(served->image), go };

    return aside_settle(
        &(struct aside){ .name = "ch-server",
                         .keep = keep,
                         .keep_count = sizeof keep / sizeof *keep,
                         .hidden = served->hidden });
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

// Whoever reads the mount sees what fails here: nobody answers.
static int be_server(void *argument)
{
    const struct birth *birth = argument;

    // The pipe ends when the last of its writing ends is closed.
    close(birth->other);
    if (settle(birth->served, birth->go) < 0)
        _exit(1);
    wait_for_go(birth->go);
    _exit(fuse_serve(birth->served) < 0 ? 1 : 0);
}

int fuse_server_start(const struct fuse_image *served,
                      struct fuse_server *server)
{
    struct birth birth = { .served = served };
    int ends[2];

    if (pipe2(ends, O_CLOEXEC) < 0)
        return failed(errno, "can't make a pipe");
    birth.go = ends[0];
    birth.other = ends[1];
    server->pid = aside_fork(be_server, &birth);
    if (server->pid < 0) {
        failed(errno, "can't fork the server");
        close(ends[0]);
        close(ends[1]);
        return -1;
    }
    close(ends[0]);
    server->go = ends[1];
    return 0;
}

void fuse_server_go(struct fuse_server *server)
{
    close(server->go);
    server->go = -1;
}
