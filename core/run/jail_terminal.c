// jail_terminal.c - the terminal of a container's process.
//
// A new one of the container's own devpts, whose other side is sent to whoever
// asked for it; or, with nobody to take that, the caller's.
// SPDX-License-Identifier: MIT
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/fs.h"
#include "core/base/scope.h"
#include "core/kernel/mount.h"
#include "core/kernel/tty.h"
#include "core/run/jail_work.h"

static int use_own(struct jail_work *work)
{
    if (!isatty(STDIN_FILENO))
        return failed(0, "process.terminal: no --console-socket, and the "
                         "standard input is no terminal");
    work->terminal = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    if (work->terminal < 0)
        return failed(errno, "can't use the caller's terminal");
    return 0;
}

int jail_make_terminal(struct jail_work *work)
{
    const struct jail *plan = work->plan;
    cleanup_close int pts = -1;

    if (!plan->process.terminal)
        return 0;
    if (plan->console_socket == NULL)
        return use_own(work);
    pts =
        fs_open_in_root(work->points.root, "/dev/pts", O_PATH | O_DIRECTORY, 0);
    if (pts < 0)
        return failed(errno, "process.terminal: can't open /dev/pts");
    work->terminal =
        tty_make(pts, plan->console_socket, plan->process.console.height,
                 plan->process.console.width);
    return work->terminal < 0 ? -1 : 0;
}

int jail_put_console(struct jail_work *work)
{
    char path[FS_FD_PATH];
    cleanup_close int target = -1;

    if (work->terminal < 0)
        return 0;
    if (!fs_exists_in_root(work->points.root, "/dev/console") &&
        mountpoint_create(&work->points, "/dev/console", false) < 0)
        return -1;
    // a link there could have the host's file be covered (CVE-2025-52565)
    target = fs_open_in_root(work->points.root, "/dev/console",
                             O_PATH | O_NOFOLLOW, 0);
    if (target < 0 ||
        mount_bind_only(fs_fd_path(path, work->terminal), target, false) < 0)
        return failed(errno, "can't bind the terminal at /dev/console");
    return 0;
}
