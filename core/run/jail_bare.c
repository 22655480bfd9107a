// jail_bare.c - a container without a mount namespace.
//
// Its mounts would be the host's, so it has none, nor what is made by mounts
// (core/oci/spec_bare.c refuses to make them): it has a directory for its root
// as that is, by chroot(2). Who has CAP_SYS_CHROOT there gets out of it.
// SPDX-License-Identifier: MIT
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/scope.h"
#include "core/run/jail_work.h"
#include "core/run/overlay.h"

#define PATH_SIZE 32 // bytes of "/proc/PID/root"

bool jail_is_bare(const struct jail *plan)
{
    return jail_find_namespace(plan, CLONE_NEWNS) == NULL;
}

int jail_open_bare_root(struct jail_work *work)
{
    const char *path = work->plan->root;

    if (work->image != NULL || overlay_wanted(&work->root))
        return failed(0,
                      "the root filesystem %s: only a directory takes no "
                      "mount namespace, and without a layer upon it",
                      path);
    work->points.root = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (work->points.root < 0)
        return failed(errno, "can't open the root filesystem %s", path);
    return 0;
}

static int change_root(int root)
{
    if (fchdir(root) < 0 || chroot(".") < 0)
        return failed(errno, "can't change to the root filesystem");
    return 0;
}

int jail_enter_bare_root(struct jail_work *work)
{
    int status = change_root(work->points.root);

    close(work->points.root);
    return status;
}

int jail_find_bare_root(pid_t pid)
{
    char path[PATH_SIZE];
    int fd;

    snprintf(path, sizeof path, "/proc/%d/root", (int)pid);
    fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    return fd >= 0 ? fd : failed(errno, "can't open the container's root");
}

int jail_join_bare_root(int root)
{
    cleanup_close int fd = root;

    return fd < 0 ? 0 : change_root(fd);
}
