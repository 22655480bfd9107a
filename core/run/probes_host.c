// probes_host.c - the probes of what the host lends to its users.
// SPDX-License-Identifier: MIT
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/fs.h"
#include "core/base/proc.h"
#include "core/base/scope.h"
#include "core/base/str.h"
#include "core/kernel/ns.h"
#include "core/run/probes.h"
#include "core/run/subids.h"
#include "core/run/users.h"

#define TEXT_MAX (1 << 20) // bytes of /etc/subuid and the like
#define NOT_FOUND 127      // exit status of a program that isn't there
#define CGROUP "/sys/fs/cgroup"

// --- subordinate ids

static const struct map {
    const char *file, *program;
    bool of_group;
} maps[] = {
    { SUBIDS_UID_FILE, "newuidmap", false },
    { SUBIDS_GID_FILE, "newgidmap", true },
};

// A process in a user namespace of its own, that waits to be mapped and dies
// with this one.
static pid_t start_unmapped(void)
{
    int ready[2];
    char byte = 0;
    ssize_t n;
    pid_t pid;

    if (pipe2(ready, O_CLOEXEC) < 0)
        return failed(errno, "can't make a pipe");
    pid = fork();
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (ns_unshare(CLONE_NEWUSER) < 0 || write(ready[1], &byte, 1) < 0)
            _exit(1);
        for (;;)
            pause();
    }
    close(ready[1]);
    n = read(ready[0], &byte, 1);
    close(ready[0]);
    if (pid < 0)
        return failed(errno, "can't start a process");
    return n == 1 ? pid : failed(0, "can't make a user namespace to map");
}

static int run_quietly(char *const *argv)
{
    pid_t pid = fork();

    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (proc_null_stdio() == 0)
            execvp(argv[0], argv);
        _exit(NOT_FOUND);
    }
    return pid < 0 ? failed(errno, "can't start a process") : proc_wait(pid);
}

// Map the caller's own id to 0 and the range above it.
static int map_range(const struct map *map, pid_t of,
                     const struct id_range *range)
{
    char pid[16], own[16], program[16], start[16], count[16];
    char *argv[] = {
        program,         pid,   (char[]){ "0" }, own, (char[]){ "1" },
        (char[]){ "1" }, start, count,           NULL
    };
    int status;

    snprintf(pid, sizeof pid, "%d", (int)of);
    snprintf(own, sizeof own, "%u", map->of_group ? getegid() : geteuid());
    snprintf(start, sizeof start, "%u", range->outside);
    snprintf(count, sizeof count, "%u", range->count);
    snprintf(program, sizeof program, "%s", map->program);
    status = run_quietly(argv);
    if (status == NOT_FOUND)
        return failed(0, "there is no %s", program);
    if (status > 0)
        return failed(0, "%s refused the range %s:%s", program, start, count);
    return status;
}

static int try_map(const struct map *map, pid_t of, struct finding *finding)
{
    struct id_range ranges[SUBIDS_RANGES];
    cleanup_free char *name = users_name();
    size_t length = strlen(finding->detail);
    ssize_t found =
        name == NULL ? -1 : subids_find(map->file, name, geteuid(), ranges);

    if (found < 0)
        return -1;
    if (found == 0)
        return failed(0, "no range for %s in %s", name, map->file);
    if (map_range(map, of, &ranges[0]) < 0)
        return -1;
    snprintf(finding->detail + length, sizeof finding->detail - length,
             "%s%u ids from %u by %s", length > 0 ? ", " : "", ranges[0].count,
             ranges[0].outside, map->program);
    return 0;
}

int probe_subordinate_ids(struct finding *finding)
{
    cleanup_free char *name = users_name();
    pid_t pid = name == NULL ? -1 : start_unmapped();
    int status = 0;

    if (pid < 0)
        return -1;
    for (size_t i = 0; i < 2 && status == 0; i++)
        status = try_map(&maps[i], pid, finding);
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    if (status < 0)
        probe_remedy(finding,
                     "for images with several owners, as root: usermod "
                     "--add-subuids 100000-165535 --add-subgids 100000-165535 "
                     "%s, and newuidmap from the package uidmap or "
                     "shadow-utils",
                     name);
    return status;
}

// --- cgroups

// The path behind "0::" of /proc/self/cgroup; NULL when there is no version 2.
static char *own_cgroup(char *text)
{
    char *rest = NULL;

    for (char *line = strtok_r(text, "\n", &rest); line != NULL;
         line = strtok_r(NULL, "\n", &rest))
        if (str_starts(line, "0::"))
            return line + strlen("0::");
    return NULL;
}

static int divide_cgroup(const char *own, struct finding *finding)
{
    cleanup_free char *child =
        str_printf(CGROUP "%s/ch-doctor.%d", own, (int)getpid());

    if (child == NULL)
        return -1;
    if (mkdir(child, 0755) < 0) {
        int errnum = errno;

        probe_remedy(finding, "for limits per container: systemd-run --user "
                              "--scope --property=Delegate=yes COMMAND, or a "
                              "delegated group from the batch system");
        return failed(errnum, "version 2, but can't divide the group %s", own);
    }
    if (rmdir(child) < 0)
        return failed(errno, "can't remove %s", child);
    probe_detail(finding, "version 2, and the group %s can be divided", own);
    return 0;
}

int probe_cgroup(struct finding *finding)
{
    cleanup_free char *text =
        fs_read(AT_FDCWD, "/proc/self/cgroup", TEXT_MAX, NULL);
    char *own = text == NULL ? NULL : own_cgroup(text);

    if (text == NULL)
        return -1;
    if (own != NULL && access(CGROUP "/cgroup.controllers", F_OK) == 0)
        return divide_cgroup(own, finding);
    probe_remedy(finding, "for limits per container, boot with "
                          "systemd.unified_cgroup_hierarchy=1");
    return failed(0, "version 1, which gives nothing to ordinary users");
}

// --- seccomp

int probe_seccomp(struct finding *finding)
{
    struct sock_filter allow_all = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    struct sock_fprog program = { .len = 1, .filter = &allow_all };

    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return failed(errno, "can't set no_new_privs");
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0)
        return failed(errno, "can't install a filter");
    probe_detail(finding, "filters can be installed");
    return 0;
}
