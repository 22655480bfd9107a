// bind_options.c - what a bind is like, other than its source.
//
// A bind begins as a copy of the source's mount. It is changed before anybody
// but us can use it.
// SPDX-License-Identifier: MIT
#include "core/run/bind_options.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>

#include "core/base/err.h"
#include "core/base/fs.h"
#include "core/base/log.h"
#include "core/base/scope.h"
#include "core/kernel/mount.h"
#include "core/kernel/mountinfo.h"
#include "core/run/container.h"

static const struct {
    enum bind_option option;
    enum mount_limit limit;
} limits[] = {
    { BIND_READ_ONLY, MOUNT_NO_WRITING },
    { BIND_NO_SETUID, MOUNT_NO_SETUID },
    { BIND_NO_DEVICES, MOUNT_NO_DEVICES },
    { BIND_NO_PROGRAMS, MOUNT_NO_PROGRAMS },
};

static unsigned limits_of(unsigned options)
{
    unsigned all = 0;

    for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++)
        if ((options & limits[i].option) != 0)
            all |= limits[i].limit;
    return all;
}

// An old kernel can't do it with a whole tree of mounts, and the tree can't be
// bound without its branches. Most binds have none.
static void warn_of_what_is_below(int mount, const char *source)
{
    cleanup_mountinfo struct mountinfo mounts = { 0 };

    if (mountinfo_read(&mounts) < 0)
        err_clear();
    else if (mountinfo_on(&mounts, mountinfo_id(mount)) != NULL)
        log_warn("what is mounted below %s is bound without its options: the "
                 "kernel is older than Linux 5.12",
                 source);
}

int bind_options_apply(int root, const char *source, const char *target,
                       unsigned options)
{
    // what was opened before lies below the bind
    cleanup_close int mount = fs_open_in_root(root, target, O_PATH, 0);
    bool below = (options & BIND_WITH_BELOW) != 0;
    unsigned wanted = limits_of(options);
    int status = 0;

    if (mount < 0)
        return failed(errno, "can't open the bind of %s", source);
    if (wanted != 0)
        status = mount_limit(mount, wanted, true);
    if (status == 1)
        warn_of_what_is_below(mount, source);
    if (status >= 0 && (options & (BIND_SLAVE | BIND_PRIVATE)) != 0)
        status = mount_follow(mount, (options & BIND_SLAVE) != 0, below);
    if (status < 0)
        return failed(errno, "can't set the options of the bind of %s", source);
    return 0;
}
