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
#include "core/base/log.h"

static const struct {
    int errnum;
    const char *hint;
} hints[] = {
    { ENOENT, "in a container, ask for the device to be passed in" },
    { ENODEV, "the administrator can load it: modprobe fuse" },
    { ENXIO, "the administrator can load it: modprobe fuse" },
    { EACCES, "the administrator can allow it: chmod 0666 /dev/fuse" },
    { EPERM, "the administrator can allow it: chmod 0666 /dev/fuse" },
};

int fuse_device_open(void)
{
    int device = open("/dev/fuse", O_RDWR | O_CLOEXEC);
    int errnum = errno;
    const char *hint;

    if (device >= 0)
        return device;
    hint = fuse_device_hint(errnum);
    return failed(errnum, "can't open /dev/fuse%s%s",
                  hint[0] != '\0' ? "; " : "", hint);
}

const char *fuse_device_hint(int errnum)
{
    for (size_t i = 0; i < sizeof hints / sizeof hints[0]; i++)
        if (hints[i].errnum == errnum)
            return hints[i].hint;
    return "";
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
    log_call("mount(%s, %s, %s, MS_RDONLY|MS_NOSUID|MS_NODEV, %s)", source, dir,
             FUSE_TYPE, options);
    if (mount(source, dir, FUSE_TYPE, MS_RDONLY | MS_NOSUID | MS_NODEV,
              options) < 0)
        return failed(errno, "can't mount %s at %s", source, dir);
    return 0;
}
