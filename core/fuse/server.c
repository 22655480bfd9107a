// server.c - the process that serves an image.
// SPDX-License-Identifier: MIT
#include "core/fuse/server.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/kernel/aside.h"

// What the new process is to know.
struct birth {
    struct fuse_image *served;
    int link;  // its end of the connection to the caller
    int other; // the caller's end
};

static int settle(const struct fuse_image *served, int link)
{
    int keep[5] = { served->device, served->file, link };
    int count = 3;

    if (served->record > 0)
        keep[count++] = served->record;
    if (served->report > 0)
        keep[count++] = served->report;
    return aside_settle(&(struct aside){ .name = "ch-server",
                                         .keep = keep,
                                         .keep_count = count,
                                         .hidden = served->hidden });
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
    if (settle(birth->served, birth->link) < 0 ||
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

int fuse_server_start(struct fuse_image *served, struct fuse_server *server)
{
    struct birth birth = { .served = served };
    int ends[2];

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
        return failed(errno, "can't connect to the server");
    birth.link = ends[0];
    birth.other = ends[1];
    server->pid = aside_fork(be_server, &birth);
    if (server->pid < 0) {
        failed(errno, "can't fork the server%s", aside_hint(errno));
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
