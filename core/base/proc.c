// proc.c - processes: waiting for them, telling one from a reused pid.
// SPDX-License-Identifier: MIT
#include "core/base/proc.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/fs.h"
#include "core/base/scope.h"
#include "core/base/str.h"

#ifndef SYS_close_range
#define SYS_close_range 436 // the same on every architecture; Linux 5.9
#endif

#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434 // likewise; Linux 5.3
#endif

#ifndef SYS_pidfd_send_signal
#define SYS_pidfd_send_signal 424 // likewise; Linux 5.1
#endif

#define NAME_SIZE 16       // bytes of a program's name (PR_GET_NAME)
#define STAT_MAX 2048      // bytes of /proc/PID/stat
#define STAT_START_TIME 22 // its field, counted from 1 (proc_pid_stat(5))
#define STAT_BEHIND_NAME 3 // the first one behind the name in parentheses
#define SIGNALLED 128      // added to a signal's number, as shells do

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

// The name may hold blanks and parentheses; the last ")" ends it.
static int parse_start_time(char *text, uint64_t *ticks)
{
    char *at = strrchr(text, ')');
    char *save = NULL;
    char *word;

    if (at == NULL)
        return -1;
    word = strtok_r(at + 1, " ", &save);
    for (int i = STAT_BEHIND_NAME; i < STAT_START_TIME && word != NULL; i++)
        word = strtok_r(NULL, " ", &save);
    return word == NULL ? -1 : str_to_u64(word, ticks);
}

// /proc/PID/stat, NUL-terminated. 0, or -1 with errno.
static int read_stat(pid_t pid, char text[STAT_MAX])
{
    char path[32];
    cleanup_close int fd = -1;
    ssize_t n;

    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    n = read(fd, text, STAT_MAX - 1);
    if (n < 0)
        return -1;
    text[n] = '\0';
    return 0;
}

_Noreturn void proc_end(int status)
{
    syscall(SYS_exit_group, status);
    __builtin_trap();
}

pid_t proc_fork(void (*be)(const void *arg, int report), const void *arg)
{
    cleanup_close int ours = -1;
    int ends[2];
    pid_t pid;

    if (pipe2(ends, O_CLOEXEC) < 0)
        return failed(errno, "can't make a pipe");
    ours = ends[0];
    pid = fork();
    if (pid == 0)
        be(arg, ends[1]);
    close(ends[1]);
    if (pid < 0)
        return failed(errno, "can't fork");
    if (err_recv(ours) == 0)
        return pid;
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
        continue;
    return -1;
}

int proc_start_time(pid_t pid, uint64_t *ticks)
{
    char text[STAT_MAX];

    if (read_stat(pid, text) < 0)
        return -1;
    if (parse_start_time(text, ticks) == 0)
        return 0;
    errno = EPROTO;
    return -1;
}

int proc_open(pid_t pid)
{
    return (int)syscall(SYS_pidfd_open, pid, 0);
}

// Of "PID (NAME) STATE ...", the state; 0 if it can't be read or the process
// has another name than this (NULL: any will do).
static char state_of(pid_t pid, const char *wanted)
{
    char text[STAT_MAX];
    char *name, *end;

    if (pid <= 0 || read_stat(pid, text) < 0)
        return '\0';
    name = strchr(text, '(');
    end = strrchr(text, ')');
    if (name == NULL || end == NULL || end < name || end[1] != ' ')
        return '\0';
    *end = '\0';
    if (wanted != NULL && strcmp(name + 1, wanted) != 0)
        return '\0';
    return end[2];
}

bool proc_is_at_work(pid_t pid)
{
    char own[NAME_SIZE] = "";
    char state;

    if (prctl(PR_GET_NAME, own, 0, 0, 0) < 0)
        return false;
    state = state_of(pid, own);
    return state != '\0' && strchr("RSDI", state) != NULL;
}

bool proc_is_alive(pid_t pid, uint64_t start_time)
{
    uint64_t found;
    char state = state_of(pid, NULL);

    return state != '\0' && state != 'Z' && state != 'X' &&
           proc_start_time(pid, &found) == 0 && found == start_time;
}

// The pid can't be another's between the look and the signal, as the descriptor
// is the process's, taken before the look.
int proc_signal(pid_t pid, uint64_t start_time, int signal)
{
    cleanup_close int fd = proc_open(pid);
    bool is_old = fd < 0 && errno == ENOSYS;

    if (!proc_is_alive(pid, start_time)) {
        errno = ESRCH;
        return -1;
    }
    if (fd >= 0)
        return (int)syscall(SYS_pidfd_send_signal, fd, signal, NULL, 0);
    return is_old ? kill(pid, signal) : -1;
}

bool proc_wait_gone(pid_t pid, uint64_t start_time, int milliseconds)
{
    cleanup_close int fd = proc_open(pid);
    struct pollfd wait = { .fd = fd, .events = POLLIN };

    if (fd >= 0 && proc_is_alive(pid, start_time))
        (void)poll(&wait, 1, milliseconds); // what counts is looked at below
    return !proc_is_alive(pid, start_time);
}

bool proc_is_stopped(pid_t pid)
{
    char state = state_of(pid, NULL);

    return state == 'T' || state == 't';
}

int proc_fill_stdio(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        int filled;

        if (fcntl(fd, F_GETFD) >= 0)
            continue;
        filled = open("/dev/null", O_RDWR | O_CLOEXEC);
        if (filled < 0) // no /dev: then what can be neither read nor written
            filled = open("/", O_PATH | O_CLOEXEC);
        if (filled != fd)
            return failed(errno, "can't open /dev/null for descriptor %d", fd);
    }
    return 0;
}

int proc_finish_stdout(int status)
{
    if (status >= 0 && (fflush(stdout) != 0 || ferror(stdout)))
        return failed(errno, "can't write to standard output");
    return status;
}

int proc_null_stdio(void)
{
    int fd = open("/dev/null", O_RDWR | O_CLOEXEC);

    if (fd < 0)
        return failed(errno, "can't open /dev/null");
    for (int to = STDIN_FILENO; to <= STDERR_FILENO; to++)
        if (to != fd && dup2(fd, to) < 0)
            return failed(errno, "can't redirect descriptor %d to /dev/null",
                          to);
    if (fd > STDERR_FILENO)
        close(fd);
    else if (fcntl(fd, F_SETFD, 0) < 0)
        return failed(errno, "can't keep /dev/null open");
    return 0;
}

static int ascending(const void *a, const void *b)
{
    const int *left = a;
    const int *right = b;

    return (*left > *right) - (*left < *right);
}

// Is the number in the sorted list?
static bool is_kept(const int *keep, int count, int fd)
{
    return count > 0 &&
           bsearch(&fd, keep, (size_t)count, sizeof fd, ascending) != NULL;
}

// Where close_range(2) is missing or forbidden. Closing changes the directory
// that is being read, so numbers are collected until none is found any more.
static int close_listed(const int *keep, int count)
{
    int found[64];
    size_t n;

    do {
        DIR *dir = opendir("/proc/self/fd");
        struct dirent *entry;

        if (dir == NULL)
            return failed(errno, "can't list the open files of this process");
        n = 0;
        while (n < sizeof found / sizeof found[0] &&
               (entry = readdir(dir)) != NULL) {
            uint64_t fd;

            if (str_to_u64(entry->d_name, &fd) == 0 && fd > STDERR_FILENO &&
                fd <= INT_MAX && (int)fd != dirfd(dir) &&
                !is_kept(keep, count, (int)fd))
                found[n++] = (int)fd;
        }
        closedir(dir);
        for (size_t i = 0; i < n; i++)
            close(found[i]);
    } while (n > 0);
    return 0;
}

static int close_range_of(unsigned first, unsigned last)
{
    if (first > last)
        return 0;
    return (int)syscall(SYS_close_range, first, last, 0);
}

int proc_close_others(int *keep, int count)
{
    unsigned first = STDERR_FILENO + 1;

    if (count > 0)
        qsort(keep, (size_t)count, sizeof *keep, ascending);
    for (int i = 0; i < count; i++) {
        if (keep[i] < (int)first)
            continue;
        if (close_range_of(first, (unsigned)keep[i] - 1) < 0)
            return close_listed(keep, count);
        first = (unsigned)keep[i] + 1;
    }
    if (close_range_of(first, UINT_MAX) < 0)
        return close_listed(keep, count);
    return 0;
}

uint64_t proc_signals_blocked(void)
{
    uint64_t mask = 0;

    // it can't fail
    (void)syscall(SYS_rt_sigprocmask, SIG_BLOCK, NULL, &mask, sizeof mask);
    return mask;
}

void proc_block_signals(uint64_t mask)
{
    (void)syscall(SYS_rt_sigprocmask, SIG_SETMASK, &mask, NULL, sizeof mask);
}

bool proc_is_setid(void)
{
    uid_t uid, euid, suid;
    gid_t gid, egid, sgid;

    if (getresuid(&uid, &euid, &suid) < 0 || getresgid(&gid, &egid, &sgid) < 0)
        return true; // can't happen; the careful answer
    return uid != euid || uid != suid || gid != egid || gid != sgid;
}
