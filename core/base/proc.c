// proc.c - processes: waiting for them, telling one from a reused pid.
// SPDX-License-Identifier: MIT
#include "core/base/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/fs.h"
#include "core/base/scope.h"

#ifndef SYS_close_range
#define SYS_close_range 436 // the same on every architecture
#endif

#define SIGNALLED 128   // exit code of a shell for "killed by signal 0"
#define STAT_MAX 8192   // bytes of /proc/PID/stat
#define START_FIELD 22  // proc_pid_stat(5)
#define FDS_MAX 1048576 // closed one by one where close_range(2) is missing

int proc_wait(pid_t pid)
{
    int status;

    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return failed(errno, "can't wait for process %d", (int)pid);
    if (WIFSIGNALED(status))
        return SIGNALLED + WTERMSIG(status);
    return WEXITSTATUS(status);
}

int proc_start_time(pid_t pid, uint64_t *ticks)
{
    char path[64];
    cleanup_free char *text = NULL;
    const char *field;

    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    text = fs_read(AT_FDCWD, path, STAT_MAX, NULL);
    if (text == NULL) {
        errno = err_num();
        err_clear();
        return -1;
    }
    // the name, field 2, may hold blanks and parentheses
    field = strrchr(text, ')');
    for (int i = 2; field != NULL && i < START_FIELD; i++)
        field = strchr(field + 1, ' ');
    if (field == NULL) {
        errno = EINVAL;
        return -1;
    }
    *ticks = strtoull(field, NULL, 10);
    return 0;
}

int proc_null_stdio(void)
{
    cleanup_close int fd = open("/dev/null", O_RDWR | O_CLOEXEC);

    if (fd < 0)
        return failed(errno, "can't open /dev/null");
    for (int i = STDIN_FILENO; i <= STDERR_FILENO; i++)
        if (dup2(fd, i) < 0)
            return failed(errno, "can't redirect to /dev/null");
    if (fd <= STDERR_FILENO)
        steal_fd(&fd);
    return 0;
}

static int compare(const void *a, const void *b)
{
    return *(const int *)a - *(const int *)b;
}

static int close_from_to(unsigned first, unsigned last)
{
    if (first > last || syscall(SYS_close_range, first, last, 0) == 0)
        return 0;
    if (errno != ENOSYS)
        return failed(errno, "can't close descriptors");
    for (unsigned fd = first; fd <= last && fd < FDS_MAX; fd++)
        close((int)fd);
    return 0;
}

int proc_close_others(int *keep, int count)
{
    unsigned next = STDERR_FILENO + 1;

    qsort(keep, (size_t)count, sizeof *keep, compare);
    for (int i = 0; i < count; i++) {
        if (keep[i] < (int)next)
            continue;
        if (close_from_to(next, (unsigned)keep[i] - 1) < 0)
            return -1;
        next = (unsigned)keep[i] + 1;
    }
    return close_from_to(next, ~0U);
}

bool proc_is_setid(void)
{
    uid_t ruid, euid, suid;
    gid_t rgid, egid, sgid;

    if (getresuid(&ruid, &euid, &suid) < 0 ||
        getresgid(&rgid, &egid, &sgid) < 0)
        return true; // can't happen; if it does, be careful
    return ruid != euid || euid != suid || rgid != egid || egid != sgid;
}
