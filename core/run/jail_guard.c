// jail_guard.c - what keeps a container off a process of ours that becomes one
// of its own, and the labels that it gets.
//
// Between joining its namespaces and execve(2) such a process still has rights
// and descriptors of the host's, and others of the container may see it.
// SPDX-License-Identifier: MIT
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/fs.h"
#include "core/base/log.h"
#include "core/base/scope.h"
#include "core/base/str.h"
#include "core/kernel/caps.h"
#include "core/kernel/procfs.h"
#include "core/run/jail_label.h"
#include "core/run/jail_work.h"

#ifndef SYS_close_range
#define SYS_close_range 436 // the same on every architecture; Linux 5.9
#endif
#ifndef CLOSE_RANGE_CLOEXEC
#define CLOSE_RANGE_CLOEXEC 4u // Linux 5.11
#endif

#define FIRST_FD (STDERR_FILENO + 1)
#define DESCRIPTORS "/proc/self/fd"

// --- descriptors

static bool is_kept(const struct jail *plan, int fd)
{
    for (size_t i = 0; i < plan->keep_fd_count; i++)
        if (plan->keep_fds[i] == fd)
            return true;
    return false;
}

static void guard_one(const struct jail *plan, int fd)
{
    struct stat st;

    if (fd < FIRST_FD || is_kept(plan, fd))
        return;
    if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode))
        close(fd);
    else
        (void)fcntl(fd, F_SETFD, FD_CLOEXEC); // it is open
}

// Directories are closed now, as the path of a program or directory in the
// container may lead through /proc/self/fd; all else by execve(2), also that of
// a hook (CVE-2024-21626).
int jail_guard_descriptors(const struct jail *plan)
{
    DIR *list = opendir(DESCRIPTORS);
    const struct dirent *entry;

    if (list == NULL)
        return failed(errno, "can't list " DESCRIPTORS);
    while ((entry = readdir(list)) != NULL) {
        int fd = (int)strtol(entry->d_name, NULL, 10);

        if (entry->d_name[0] != '.' && fd != dirfd(list))
            guard_one(plan, fd);
    }
    closedir(list);
    return 0;
}

// --- the process

// Those of the container see it if they are in its PID namespace before it is.
// An ordinary user keeps his rights to it otherwise, for his hooks to look into
// its namespaces; to root it makes no difference.
int jail_guard_process(const struct jail_work *work)
{
    const struct jail_namespace *pids =
        jail_find_namespace(work->plan, CLONE_NEWPID);

    if (!work->privileged && pids != NULL && pids->path == NULL)
        return 0;
    if (prctl(PR_SET_DUMPABLE, 0) < 0)
        return failed(errno, "can't guard the process against the container");
    return 0;
}

// --- labels

static bool has_apparmor(void)
{
    cleanup_close int fd =
        open("/sys/module/apparmor/parameters/enabled", O_RDONLY | O_CLOEXEC);
    char byte = 'N';

    return fd >= 0 && read(fd, &byte, 1) == 1 && byte == 'Y';
}

static bool is_given(const char *label)
{
    return label != NULL && label[0] != '\0';
}

// "Runtimes MUST generate an error when invalid or unsupported values are
// encountered": confinement that is asked for is not left out in silence.
int jail_open_proc(struct jail_work *work)
{
    const struct jail_process *process = &work->plan->process;
    const char *profile = process->apparmor_profile;

    if (is_given(profile) && strcmp(profile, "unconfined") != 0 &&
        !has_apparmor())
        return failed(0,
                      "process.apparmorProfile: %s: this kernel has no "
                      "AppArmor",
                      profile);
    if (is_given(process->selinux_label) && !jail_has_selinux())
        return failed(0, "process.selinuxLabel: %s: this kernel has no SELinux",
                      process->selinux_label);
    // it confines nobody
    if (is_given(work->plan->mount_label) && !jail_has_selinux())
        log_warn("linux.mountLabel has no effect: this kernel has no SELinux");
    work->privileged = caps_may_mount();
    work->proc = procfs_open();
    return work->proc < 0 ? -1 : 0;
}

static int set_profile(int proc, const char *profile)
{
    cleanup_free char *text = str_printf("exec %s", profile);

    if (text == NULL)
        return -1;
    // the first is of Linux 5.8
    if (procfs_poke(proc, "self/attr/apparmor/exec", text) < 0 &&
        (errno != ENOENT || procfs_poke(proc, "self/attr/exec", text) < 0) &&
        (strcmp(profile, "unconfined") != 0 || has_apparmor()))
        return failed(errno, "can't set process.apparmorProfile %s", profile);
    return 0;
}

// They take effect by execve(2). The descriptor leads out of the container, and
// is closed.
int jail_set_labels(struct jail_work *work)
{
    const struct jail_process *process = &work->plan->process;
    int status = 0;

    if (is_given(process->selinux_label) &&
        procfs_poke(work->proc, "self/attr/exec", process->selinux_label) < 0)
        status = failed(errno, "can't set process.selinuxLabel %s",
                        process->selinux_label);
    if (status == 0 && is_given(process->apparmor_profile))
        status = set_profile(work->proc, process->apparmor_profile);
    close(work->proc);
    work->proc = -1;
    return status;
}
