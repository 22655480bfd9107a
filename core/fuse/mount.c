// mount.c - a FUSE file system mounted without a helper program.
// SPDX-License-Identifier: MIT
#include "core/fuse/mount.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/err.h"

int fuse_device_open(void)
{
    int device = open("/dev/fuse", O_RDWR | O_CLOEXEC);

    if (device >= 0)
        return device;
    switch (errno) {
    case ENOENT:
        return failed(errno, "can't open /dev/fuse; in a container, ask for "
                             "the device to be passed in");
    case ENODEV:
    case ENXIO:
        return failed(errno, "can't open /dev/fuse; the administrator can "
                             "load it: modprobe fuse");
    case EACCES:
    case EPERM:
        return failed(errno, "can't open /dev/fuse; the administrator can "
                             "allow it: chmod 0666 /dev/fuse");
    default:
        return failed(errno, "can't open /dev/fuse");
    }
}

int fuse_mount_at(int device, const char *source, const char *dir)
{
    char options[128];

    // The owner is the one who may use it without allow_other, and matters no
    // more; default_permissions lets the kernel check modes, so that it need
    // not ask.
    snprintf(options, sizeof options,
             "fd=%d,rootmode=%o,user_id=%u,group_id=%u,allow_other,"
             "default_permissions",
             device, (unsigned)S_IFDIR, geteuid(), getegid());
    if (mount(source, dir, FUSE_TYPE, MS_RDONLY | MS_NOSUID | MS_NODEV,
              options) < 0)
        return failed(errno, "can't mount %s at %s", source, dir);
    return 0;
}
