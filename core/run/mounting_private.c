// mounting_private.c - a mount that one command sees: mounting_private().
//
// An ordinary user needs a user namespace for it, in which he is who he was;
// root does not, and keeps all that he may do. The order of things is that of
// launch.c, for the same reasons: the server starts after the user namespace
// and before the mount namespace, which it would keep alive, and the command
// is executed in the process that the caller started.
// SPDX-License-Identifier: MIT
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/log.h"
#include "core/base/scope.h"
#include "core/kernel/caps.h"
#include "core/kernel/mount.h"
#include "core/kernel/ns.h"
#include "core/run/execute.h"
#include "core/run/mounting.h"
#include "core/run/squashfs.h"
#include "core/run/user_namespace.h"

static int enter_namespaces(struct squashfs *image)
{
    bool may_mount = caps_may_mount();

    log_step("new%s mount namespace", may_mount ? "" : " user and");
    if (!may_mount && user_namespace_enter(geteuid(), getegid(), 0) < 0)
        return -1;
    if (squashfs_start(image) < 0 || ns_unshare(CLONE_NEWNS) < 0)
        return -1;
    // in a user namespace of its own the kernel has done it
    if (may_mount && mount_isolate() < 0)
        return failed(errno, "can't keep mounts to this command");
    return 0;
}

// The working directory is kept. If the image covers it, it is entered anew,
// so that "ch-mount IMAGE . -- ls" lists the image; where the image lacks it,
// it stays the covered one.
static void refresh_directory(const char *directory)
{
    if (directory != NULL && chdir(directory) < 0)
        log_why("staying in %s as it was: %s", directory, strerror(errno));
}

int mounting_private(const struct mounting *plan, char *const *argv)
{
    struct squashfs_plan opened = mounting_image(plan);

    opened.fuse = FUSE_PREFER;
    cleanup_squashfs struct squashfs *image = squashfs_open(&opened);
    cleanup_free char *directory = getcwd(NULL, 0);
    char usual[] = "/bin/sh";
    char *shell[] = { getenv("SHELL"), NULL };

    if (shell[0] == NULL || shell[0][0] == '\0')
        shell[0] = usual;
    if (image == NULL || enter_namespaces(image) < 0 ||
        squashfs_mount_at(image, plan->dir) < 0 ||
        squashfs_check_at(plan->dir) < 0)
        return -1;
    refresh_directory(directory);
    return execute(argv != NULL ? argv : shell);
}
