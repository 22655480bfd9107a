// doctor.c - what this node allows, found out by trying it.
// SPDX-License-Identifier: MIT
#include "core/run/doctor.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/fs.h"
#include "core/run/probes.h"

#define REAP_TRIES 100       // of a killed probe; one that hangs in the kernel
#define REAP_PAUSE 10000000L // nanoseconds between them

const struct probe doctor_probes[] = {
    { "kernel", NEED_NONE, probe_kernel },
    { "user namespace", NEED_ALL, probe_user_namespace },
    { "mounts", NEED_ALL, probe_mounts },
    { "/dev/fuse", NEED_IMAGES, probe_fuse_device },
    { "FUSE mount", NEED_IMAGES, probe_fuse_mount },
    { "overlay", NEED_NONE, probe_overlay },
    { "/proc mount", NEED_NONE, probe_proc },
    { "subordinate ids", NEED_NONE, probe_subordinate_ids },
    { "cgroup", NEED_NONE, probe_cgroup },
    { "seccomp", NEED_NONE, probe_seccomp },
    { NULL, NEED_NONE, NULL },
};

static _Noreturn void be_probe(const struct probe *probe, int fd)
{
    struct finding finding = { 0 };

    err_clear();
    finding.ok = probe->run(&finding) == 0;
    if (!finding.ok)
        snprintf(finding.detail, sizeof finding.detail, "%s", err_text());
    // less than PIPE_BUF, so whole or not at all
    _exit(fs_write_all(fd, &finding, sizeof finding) < 0 ? 1 : 0);
}
_Static_assert(sizeof(struct finding) <= PIPE_BUF, "a finding is one write");

static void reap(pid_t pid)
{
    struct timespec pause = { .tv_nsec = REAP_PAUSE };

    kill(pid, SIGKILL);
    for (int i = 0; i < REAP_TRIES && waitpid(pid, NULL, WNOHANG) == 0; i++)
        nanosleep(&pause, NULL);
}

static int receive(int fd, int timeout, struct finding *finding)
{
    struct pollfd wanted = { .fd = fd, .events = POLLIN };
    int ready = poll(&wanted, 1, timeout);

    if (ready < 0)
        return failed(errno, "can't wait for the probe");
    if (ready == 0)
        return failed(0, "no answer within %d seconds", timeout / 1000);
    if (read(fd, finding, sizeof *finding) != (ssize_t)sizeof *finding)
        return failed(0, "the probe died");
    return 0;
}

static int examine(const struct probe *probe, int timeout,
                   struct finding *finding)
{
    int ends[2], status;
    pid_t pid;

    if (pipe2(ends, O_CLOEXEC) < 0)
        return failed(errno, "can't make a pipe");
    pid = fork();
    if (pid == 0) {
        close(ends[0]);
        be_probe(probe, ends[1]);
    }
    close(ends[1]);
    status = pid < 0 ? failed(errno, "can't start a process")
                     : receive(ends[0], timeout, finding);
    close(ends[0]);
    if (pid > 0)
        reap(pid);
    return status;
}

void doctor_examine(const struct probe *probe, int timeout,
                    struct finding *finding)
{
    *finding = (struct finding){ 0 };
    if (examine(probe, timeout, finding) == 0)
        return;
    *finding = (struct finding){ 0 };
    snprintf(finding->detail, sizeof finding->detail, "%s", err_text());
    err_clear();
}
