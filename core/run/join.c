// join.c - enter the container of a process that runs in one.
// SPDX-License-Identifier: MIT
#include "core/run/join.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

#include "core/base/err.h"
#include "core/base/log.h"
#include "core/base/scope.h"
#include "core/kernel/ns.h"

#define NS_PATH 48 // bytes of "/proc/PID/ns/TYPE"

static int open_namespace(pid_t pid, const char *type)
{
    char path[NS_PATH];
    int fd;

    snprintf(path, sizeof path, "/proc/%d/ns/%s", (int)pid, type);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd >= 0)
        return fd;
    if (errno == ENOENT)
        return failed(0, "join: no PID %d: %s not found", (int)pid, path);
    return failed(errno, "join: can't open %s", path);
}

static int enter(int namespace, const char *type, pid_t pid)
{
    const char *hint = "";

    if (ns_enter(namespace) == 0)
        return 0;
    if (errno == EINVAL)
        hint = " (which this process is in already)";
    return failed(errno, "can't join %s namespace of pid %d%s", type, (int)pid,
                  hint);
}

// Both are opened first, as the process may end meanwhile.
int join_process(pid_t pid)
{
    cleanup_close int user = open_namespace(pid, "user");

    if (user < 0)
        return -1;
    cleanup_close int mounts = open_namespace(pid, "mnt");
    if (mounts < 0)
        return -1;
    log_step("joining namespaces of pid %d", (int)pid);
    if (enter(user, "user", pid) < 0)
        return -1;
    return enter(mounts, "mnt", pid);
}
