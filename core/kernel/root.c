// root.c - change the root directory of this process for good.
// SPDX-License-Identifier: MIT
#include "core/kernel/root.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/log.h"
#include "core/base/scope.h"
#include "core/kernel/mount.h"

int root_top(void)
{
    // openat(2): musl's open(2) sets close-on-exec in a second call
    int fd = openat(AT_FDCWD, ROOT_PILE, O_PATH | O_DIRECTORY | O_CLOEXEC);

    return fd >= 0 ? fd : failed(errno, "can't open the new root");
}

int root_bind(const char *path, int target, int pile)
{
    if (strcmp(path, "/") != 0)
        return mount_bind(path, target);
    if (mount_set_unbindable(pile, true) < 0 || mount_bind(path, target) < 0)
        return -1;
    return mount_set_unbindable(pile, false);
}

// Nothing may be left above the root: "/.." would lead there, out of it.
static int check_top(void)
{
    struct stat root, top;

    if (stat("/", &root) < 0 || stat(ROOT_PILE, &top) < 0)
        return failed(errno, "can't stat the new root");
    if (root.st_dev != top.st_dev || root.st_ino != top.st_ino)
        return failed(0, "can't unmount all of the old root (is a mount point "
                         "of the image, such as /dev, a link to its root?)");
    return 0;
}

// pivot_root(2), "pivot_root(".", ".")": the old root ends up mounted on top
// of the new one, from where it is unmounted at once. The pile must not lie
// above it then, as "." leads to what is topmost, and a second unmount would
// wait for all processors once more: so it is moved aside.
int root_pivot(int root, int pile, bool shared)
{
    cleanup_close int old =
        shared ? open("/", O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;

    if (shared && old < 0)
        return failed(errno, "can't open the old root");
    if (mount_move(pile, ROOT_ASIDE) < 0)
        return failed(errno, "can't move the mounts of the new root");
    log_call("fchdir(fd %d), pivot_root(., .)", root);
    if (fchdir(root) < 0)
        return failed(errno, "can't enter the new root");
    if (syscall(SYS_pivot_root, ".", ".") < 0)
        return failed(errno, "can't pivot_root(2) into the new root");
    if (old >= 0 && (fchdir(old) < 0 ||
                     mount(NULL, ".", NULL, MS_SLAVE | MS_REC, NULL) < 0))
        return failed(errno, "can't leave the old root's mounts to others");
    log_call("umount2(., MNT_DETACH)");
    if (umount2(".", MNT_DETACH) < 0)
        return failed(errno, "can't unmount the old root");
    if (chdir("/") < 0)
        return failed(errno, "can't enter the new root");
    return check_top();
}

int root_move(int root, int pile)
{
    if (mount_move(pile, ROOT_ASIDE) < 0)
        return failed(errno, "can't move the mounts of the new root");
    if (fchdir(root) < 0)
        return failed(errno, "can't enter the new root");
    log_call("mount(., /, MS_MOVE), chroot(.)");
    if (mount(".", "/", NULL, MS_MOVE, NULL) < 0)
        return failed(errno, "can't move the new root");
    if (chroot(".") < 0 || chdir("/") < 0)
        return failed(errno, "can't enter the new root");
    return 0;
}
