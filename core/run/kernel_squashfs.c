// kernel_squashfs.c - a SquashFS image that the kernel itself reads, by way of
// a loop device.
// SPDX-License-Identifier: MIT
#include "core/run/kernel_squashfs.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/errno_text.h"
#include "core/base/log.h"
#include "core/base/scope.h"
#include "core/base/str.h"
#include "core/kernel/caps.h"
#include "core/kernel/loop.h"
#include "core/kernel/loose.h"
#include "core/kernel/mount.h"

static int attach(const struct kernel_squashfs *image, struct loop *loop)
{
    cleanup_free char *name =
        str_printf(SQUASHFS_LOOP_PREFIX "%s", image->path);

    if (name == NULL)
        return -1;
    return loop_attach(loop, image->file, image->offset, name);
}

bool kernel_squashfs_may_be(void)
{
    return caps_may_mount();
}

int kernel_squashfs_mount(const struct kernel_squashfs *image, int target)
{
    struct loop loop;
    int status;

    if (attach(image, &loop) < 0)
        return -1;
    status = mount_squashfs(loop.path, target);
    if (status < 0 && errno == ENODEV)
        failed(errno,
               "can't mount %s by the kernel, which has no SquashFS; FUSE "
               "takes no --kernel, but /dev/fuse",
               image->path);
    else if (status < 0)
        failed(errno, "can't mount %s by the kernel", image->path);
    close(loop.fd);
    return status;
}

int kernel_squashfs_loose(const struct kernel_squashfs *image)
{
    struct loop loop;
    int fd;

    if (loop_attach(&loop, image->file, image->offset, image->path) < 0) {
        log_why("not by the kernel: %s", err_text());
        err_clear();
        return -1;
    }
    fd = loose_squashfs(loop.path);
    if (fd < 0)
        log_why("not by the kernel: can't mount %s: %s", loop.path,
                errno_text(errno));
    else
        log_step("read by the kernel: %s", image->path);
    close(loop.fd);
    return fd;
}
