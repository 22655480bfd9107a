// warden.c - a process that keeps a file open until the container is gone.
// SPDX-License-Identifier: MIT
#include "core/run/warden.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/fs.h"
#include "core/base/log.h"
#include "core/kernel/aside.h"

// What the new process is to know.
struct birth {
    int link;  // its end of the connection to the caller
    int other; // the caller's end
    int watch;
    int kept;
};

static bool read_byte(int link)
{
    char byte;
    ssize_t n;

    do
        n = read(link, &byte, 1);
    while (n < 0 && errno == EINTR);
    return n == 1;
}

static bool send_byte(int link)
{
    return send(link, "", 1, MSG_NOSIGNAL) == 1;
}

static bool tells_end(const char *events, size_t size)
{
    struct inotify_event event;

    for (size_t at = 0; at + sizeof event <= size;
         at += sizeof event + event.len) {
        memcpy(&event, events + at, sizeof event);
        if ((event.mask & (IN_UNMOUNT | IN_IGNORED)) != 0)
            return true;
    }
    return false;
}

// Until the file system is gone, or nothing can be heard of it any more.
static void wait_for_end(int watch)
{
    char events[sizeof(struct inotify_event) + NAME_MAX + 1];
    ssize_t n;

    do
        n = read(watch, events, sizeof events);
    while ((n < 0 && errno == EINTR) ||
           (n > 0 && !tells_end(events, (size_t)n)));
}

static int be_warden(void *argument)
{
    const struct birth *birth = argument;
    int keep[] = { birth->link, birth->watch, birth->kept };

    if (aside_settle(&(struct aside){ .name = "ch-warden",
                                      .keep = keep,
                                      .keep_count = sizeof keep / sizeof *keep,
                                      .hidden = true }) < 0)
        _exit(1);
    // the other end is closed: a caller that ends now is noticed
    if (!send_byte(birth->link) || !read_byte(birth->link))
        _exit(0);
    wait_for_end(birth->watch);
    // a reader's is not open for writing, and is as it was
    _exit(ftruncate(birth->kept, 0) < 0 ? 1 : 0);
}

int warden_start(struct warden *warden, int kept)
{
    int ends[2];
    struct birth birth;
    pid_t pid;

    *warden = (struct warden){ -1, inotify_init1(IN_CLOEXEC) };
    if (warden->watch < 0)
        return failed(errno, "can't watch for the end of the container%s",
                      errno == EMFILE
                          ? "; see sysctl fs.inotify.max_user_instances"
                          : "");
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
        return failed(errno, "can't connect to the warden of a lock");
    birth = (struct birth){ ends[0], ends[1], warden->watch, kept };
    pid = aside_fork(be_warden, &birth);
    close(ends[0]);
    warden->link = ends[1];
    if (pid < 0)
        return failed(errno, "can't fork the warden of a lock");
    log_why("warden of the lock: pid %d", (int)pid);
    return 0;
}

int warden_watch(struct warden *warden, int root)
{
    char path[FS_FD_PATH];

    // the event is not what is waited for, but there must be one
    if (inotify_add_watch(warden->watch, fs_fd_path(path, root),
                          IN_DELETE_SELF) < 0)
        return failed(errno, "can't watch for the end of the container");
    if (!read_byte(warden->link) || !send_byte(warden->link))
        return failed(0, "the warden of a lock has died");
    return 0;
}

void warden_close(struct warden *warden)
{
    if (warden->link >= 0)
        close(warden->link);
    if (warden->watch >= 0)
        close(warden->watch);
    *warden = (struct warden){ -1, -1 };
}
