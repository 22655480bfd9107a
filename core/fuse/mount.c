// mount.c - a FUSE file system mounted without a helper program.
// SPDX-License-Identifier: MIT
#include "core/fuse/mount.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/log.h"

// Linux: Documentation/admin-guide/devices.txt.
#define DEVICE_MAJOR 10
#define DEVICE_MINOR 229

static const struct {
    int errnum;
    const char *hint;
} hints[] = {
    { ENOENT, "in a container, ask for the device to be passed in" },
    { ENODEV, "the administrator can load it: modprobe fuse" },
    { ENXIO, "the administrator can load it: modprobe fuse" },
    { EACCES, "the administrator can allow it: chmod 0666 /dev/fuse" },
    { EPERM, "the administrator can allow it: chmod 0666 /dev/fuse" },
    // our own, see fuse_device_open()
    { EINVAL, "it is something else; in a container, ask for the device to be "
              "passed in" },
};

// Outer containers hide the device behind /dev/null, or have an empty file.
static bool is_device(int fd)
{
    struct stat st;

    return fstat(fd, &st) == 0 && S_ISCHR(st.st_mode) &&
           st.st_rdev == makedev(DEVICE_MAJOR, DEVICE_MINOR);
}

int fuse_device_open(void)
{
    int device = open("/dev/fuse", O_RDWR | O_NOCTTY | O_CLOEXEC);
    int errnum = errno;
    const char *hint;

    if (device >= 0 && is_device(device))
        return device;
    if (device >= 0) {
        close(device);
        errnum = EINVAL;
    }
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
