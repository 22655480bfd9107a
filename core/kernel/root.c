// root.c - change the root directory of this process for good.
// SPDX-License-Identifier: MIT
#include "core/kernel/root.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/log.h"

int root_top(void)
{
    int fd = open(ROOT_PILE, O_PATH | O_DIRECTORY | O_CLOEXEC);

    return fd >= 0 ? fd : failed(errno, "can't open the new root");
}

// pivot_root(2), "pivot_root(".", ".")": the old root ends up mounted on top
// of the new one, from where it is unmounted at once.
int root_pivot(int root)
{
    log_call("pivot_root(fd %d)", root);
    if (fchdir(root) < 0)
        return failed(errno, "can't enter the new root");
    if (syscall(SYS_pivot_root, ".", ".") < 0)
        return failed(errno, "can't pivot_root(2) into the new root");
    if (umount2(".", MNT_DETACH) < 0)
        return failed(errno, "can't unmount the old root");
    if (chdir("/") < 0)
        return failed(errno, "can't enter the new root");
    return 0;
}
