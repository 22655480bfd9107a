// probes.c - the probes of namespaces and mounts.
//
// They go the way of launch.c and rootfs.c, with the same functions of
// core/kernel and core/fuse, so that they meet the obstacles that a container's
// start would meet.
// SPDX-License-Identifier: MIT
#include "core/run/probes.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/proc.h"
#include "core/base/scope.h"
#include "core/fuse/mount.h"
#include "core/kernel/idmap.h"
#include "core/kernel/mount.h"
#include "core/kernel/ns.h"
#include "core/kernel/root.h"

#define TMPFS_SIZE "1m"

void probe_detail(struct finding *finding, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(finding->detail, sizeof finding->detail, fmt, ap);
    va_end(ap);
}

void probe_remedy(struct finding *finding, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(finding->remedy, sizeof finding->remedy, fmt, ap);
    va_end(ap);
}

// What forbids user namespaces may forbid what is done in one instead: AppArmor
// lets them be made and then allows nothing there.
static int refused(struct finding *finding, int errnum, const char *what)
{
    const char *hint = "";

    if (errnum == EPERM || errnum == EACCES)
        hint = ns_user_hint(EPERM);
    if (errnum == ENOENT)
        hint = "/proc must be mounted";
    if (errnum == ENOSPC)
        hint = "a limit is reached: see sysctl fs.mount-max and "
               "user.max_mnt_namespaces";
    if (hint[0] == '\0' && (errnum == EPERM || errnum == EACCES))
        hint = "ask the administrator which rule forbids it: SELinux, AppArmor "
               "or another security module; its log tells";
    probe_remedy(finding, "%s", hint);
    return failed(errnum, "can't %s", what);
}

// With the caller's own ids, as ch-run has them without -u and -g.
static int enter(struct finding *finding, int more)
{
    // as user_namespace_enter() does, but each step has its own remedy
    struct idmap map = idmap_of_caller(geteuid(), getegid());

    if (ns_unshare(CLONE_NEWUSER | more) < 0) {
        if (err_num() == EPERM)
            return refused(finding, EPERM, "make a user namespace");
        probe_remedy(finding, "%s", ns_user_hint(err_num()));
        return failed(err_num(), "can't make a user namespace");
    }
    if (idmap_write(&map) < 0)
        return refused(finding, err_num(), "map ids in a user namespace");
    return 0;
}

// A user and mount namespace, and a tmpfs piled upon its root, as every
// container begins. The tmpfs, or -1.
static int enter_with_tmpfs(struct finding *finding)
{
    cleanup_close int root = -1;

    if (enter(finding, CLONE_NEWNS) < 0)
        return -1;
    root = root_top();
    if (root < 0)
        return -1;
    if (mount_tmpfs(root, 0755, TMPFS_SIZE) < 0)
        return refused(finding, errno, "mount a tmpfs in a user namespace");
    return root_top();
}

static int make_dir(int in, const char *name)
{
    int fd;

    if (mkdirat(in, name, 0755) < 0)
        return failed(errno, "can't make a directory in a tmpfs");
    fd = openat(in, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
    return fd < 0 ? failed(errno, "can't open a directory of a tmpfs") : fd;
}

int probe_kernel(struct finding *finding)
{
    struct utsname name;

    if (uname(&name) < 0)
        return failed(errno, "can't ask for the kernel's name");
    probe_detail(finding, "%s %s %s", name.sysname, name.release, name.machine);
    return 0;
}

int probe_user_namespace(struct finding *finding)
{
    uid_t uid = geteuid();

    if (enter(finding, 0) < 0)
        return -1;
    probe_detail(finding, "made one as uid %u", uid);
    return 0;
}

int probe_mounts(struct finding *finding)
{
    cleanup_close int root = enter_with_tmpfs(finding);
    cleanup_close int dir = -1;

    if (root < 0)
        return -1;
    dir = make_dir(root, "dev");
    if (dir < 0)
        return -1;
    if (mount_bind("/dev", dir) < 0)
        return refused(finding, errno, "bind /dev in a user namespace");
    if (mount_set_read_only(root, false) < 0)
        return refused(finding, errno, "make a mount read-only");
    if (root_pivot(root, root, false) < 0)
        return refused(finding, err_num(), "change the root directory");
    probe_detail(finding, "tmpfs, bind, read-only and pivot_root work");
    return 0;
}

int probe_fuse_device(struct finding *finding)
{
    cleanup_close int device = fuse_device_open();

    if (device < 0) {
        probe_remedy(finding, "%s", fuse_device_hint(err_num()));
        return failed(err_num(), "can't open /dev/fuse");
    }
    probe_detail(finding, "opened for reading and writing");
    return 0;
}

// Nobody serves it, which nobody will notice: mounting asks nothing.
int probe_fuse_mount(struct finding *finding)
{
    cleanup_close int device = -1;

    if (enter(finding, 0) < 0)
        return -1;
    device = fuse_device_open();
    if (device < 0) {
        probe_remedy(finding, "%s", fuse_device_hint(err_num()));
        return failed(err_num(), "can't open /dev/fuse in a user namespace");
    }
    if (ns_unshare(CLONE_NEWNS) < 0)
        return refused(finding, err_num(), "make a mount namespace");
    if (fuse_mount_at(device, "ch-doctor", ROOT_PILE) < 0)
        return refused(finding, err_num(), "mount FUSE in a user namespace");
    probe_detail(finding, "mounted without a helper program");
    return 0;
}

int probe_overlay(struct finding *finding)
{
    static const char *const names[] = { "lower", "upper", "work", "merged" };
    cleanup_close int root = enter_with_tmpfs(finding);
    int dirs[4];

    if (root < 0)
        return -1;
    for (int i = 0; i < 4; i++) {
        dirs[i] = make_dir(root, names[i]); // closed with the process
        if (dirs[i] < 0)
            return -1;
    }
    if (mount_overlay(dirs[3], &(struct mount_layers){ .lower = dirs[0],
                                                       .middle = -1,
                                                       .upper = dirs[1],
                                                       .work = dirs[2] }) < 0) {
        probe_remedy(finding, "-W needs a kernel that allows it (Linux 5.11); "
                              "run from a directory with -w instead");
        return failed(errno, "can't mount an overlay in a user namespace");
    }
    probe_detail(finding, "mounted on a tmpfs, for -W");
    return 0;
}

// The namespace begins with the first child.
int probe_proc(struct finding *finding)
{
    int errnum;
    pid_t pid;

    if (enter(finding, CLONE_NEWNS | CLONE_NEWPID) < 0)
        return -1;
    pid = fork();
    if (pid == 0)
        _exit(mount("proc", ROOT_PILE, "proc", MS_NOSUID | MS_NODEV, NULL) < 0
                  ? errno
                  : 0);
    if (pid < 0)
        return failed(errno, "can't start a process in a PID namespace");
    errnum = proc_wait(pid);
    if (errnum != 0) {
        probe_remedy(finding, "if this is a container, start it with all of "
                              "/proc visible; the host's /proc is used "
                              "meanwhile");
        return failed(errnum > 0 ? errnum : 0,
                      "can't mount /proc in a PID namespace");
    }
    probe_detail(finding, "mounted in a PID namespace");
    return 0;
}
