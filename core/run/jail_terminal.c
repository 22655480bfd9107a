// jail_terminal.c - the terminal of a container's process.
//
// A new one of the container's own devpts, whose other side is sent to whoever
// asked for it, or to its maker, who carries what goes through it; or, where
// nobody takes that or there is no devpts, the caller's.
// SPDX-License-Identifier: MIT
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/fs.h"
#include "core/base/log.h"
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

int jail_connect_console(struct jail_work *work)
{
    const struct jail *plan = work->plan;

    work->console_socket = -1;
    if (!plan->process.terminal)
        return 0;
    if (plan->console > 0)
        work->console_socket = plan->console;
    if (plan->console_socket == NULL)
        return 0;
    work->console_socket = tty_connect(plan->console_socket);
    return work->console_socket < 0 ? -1 : 0;
}

int jail_make_terminal(struct jail_work *work)
{
    const struct jail_process *process = &work->plan->process;
    cleanup_close int pts = -1;

    if (!process->terminal)
        return 0;
    if (work->console_socket < 0)
        return use_own(work);
    pts =
        fs_open_in_root(work->points.root, "/dev/pts", O_PATH | O_DIRECTORY, 0);
    if (pts < 0 && work->console_socket == work->plan->console) {
        work->console_socket = -1;
        return use_own(work);
    }
    if (pts < 0)
        return failed(errno, "process.terminal: can't open /dev/pts");
    work->terminal = tty_make(pts, work->console_socket,
                              process->console.height, process->console.width);
    if (work->terminal < 0)
        return -1;
    return work->console_socket == work->plan->console
               ? tty_keep_lines(work->terminal)
               : 0;
}

// The caller's terminal by its path, as the descriptor's mount is that of
// another namespace; 1: it has none here.
static int bind_own(const struct jail_work *work, int target)
{
    char link[FS_FD_PATH];
    cleanup_free char *path =
        fs_readlink(AT_FDCWD, fs_fd_path(link, work->terminal));
    struct stat own, found;

    if (path == NULL || fstat(work->terminal, &own) < 0 ||
        stat(path, &found) < 0 || !S_ISCHR(found.st_mode) ||
        own.st_rdev != found.st_rdev)
        return 1;
    return mount_bind_only(path, target, false);
}

static int bind_new(const struct jail_work *work, int target)
{
    char path[FS_FD_PATH];

    return mount_bind_only(fs_fd_path(path, work->terminal), target, false);
}

int jail_put_console(struct jail_work *work)
{
    cleanup_close int target = -1;
    int status;

    if (work->terminal < 0)
        return 0;
    if (!fs_exists_in_root(work->points.root, "/dev/console") &&
        mountpoint_create(&work->points, "/dev/console", false) < 0)
        return -1;
    // a link there could have the host's file be covered (CVE-2025-52565)
    target = fs_open_in_root(work->points.root, "/dev/console",
                             O_PATH | O_NOFOLLOW, 0);
    if (target < 0)
        return failed(errno, "can't open /dev/console of the container");
    status = work->console_socket < 0 ? bind_own(work, target)
                                      : bind_new(work, target);
    if (status < 0)
        return failed(errno, "can't bind the terminal at /dev/console");
    if (status > 0)
        log_step("no /dev/console: the terminal has no name here");
    return 0;
}
