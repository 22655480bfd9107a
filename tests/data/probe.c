// probe.c - what a process can see and do, said in lines that tests compare.
//
// Static, so that it runs in an image that holds nothing else. Each
// subcommand answers one question about the process that ch-run became; run
// outside and inside, the answers must be the same.
// SPDX-License-Identifier: MIT
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/data/probe.h"

enum { MAX_FD = 1024, CHUNK = 65536 };

static volatile sig_atomic_t caught;

int die(const char *what)
{
    fprintf(stderr, "probe: %s: %s\n", what, strerror(errno));
    return 99;
}

// fds FILE: write the open file descriptors to FILE, which is opened after
// they were found, so that any of the standard ones may be closed.
static int fds(char **argv)
{
    bool is_open[MAX_FD];
    FILE *out;

    for (int fd = 0; fd < MAX_FD; fd++)
        is_open[fd] = fcntl(fd, F_GETFD) >= 0;
    out = fopen(argv[0], "w");
    if (!out)
        return die(argv[0]);
    for (int fd = 0; fd < MAX_FD; fd++)
        if (is_open[fd])
            fprintf(out, "%d\n", fd);
    return fclose(out);
}

static int raise_signal(char **argv)
{
    raise(atoi(argv[0]));
    return 0;
}

static void on_signal(int number)
{
    caught = number;
}

// Say "ready", wait for signal N, say which came.
static int catch_signal(char **argv)
{
    struct sigaction action = { .sa_handler = on_signal };

    sigaction(atoi(argv[0]), &action, NULL);
    puts("ready");
    fflush(stdout);
    while (!caught)
        usleep(10000);
    printf("caught %d\n", caught);
    return 0;
}

// Wait until there is no child left, as init systems and MPI launchers do.
static int wait_all(char **argv)
{
    int children = 0;

    (void)argv;
    while (wait(NULL) >= 0 || errno == EINTR)
        children++;
    printf("%d children\n", children);
    return 0;
}

// What exec(2) promises to keep.
static int inherited(char **argv)
{
    mode_t mask = umask(0);
    sigset_t blocked;
    struct sigaction action;
    struct rlimit limit;

    (void)argv;
    printf("umask %03o\nnice %d\n", mask, getpriority(PRIO_PROCESS, 0));
    sigprocmask(SIG_BLOCK, NULL, &blocked);
    for (int i = 1; i < NSIG; i++) {
        if (sigismember(&blocked, i) == 1)
            printf("blocked %d\n", i);
        if (sigaction(i, NULL, &action) == 0 && action.sa_handler == SIG_IGN)
            printf("ignored %d\n", i);
    }
    for (int i = 0; i < RLIMIT_NLIMITS; i++)
        if (getrlimit(i, &limit) == 0)
            printf("limit %d %llu %llu\n", i,
                   (unsigned long long)limit.rlim_cur,
                   (unsigned long long)limit.rlim_max);
    return 0;
}

// Who this process is to its caller.
static int ids(char **argv)
{
    (void)argv;
    printf("pid %d pgrp %d sid %d uid %d %d gid %d %d\n", getpid(), getpgrp(),
           getsid(0), getuid(), geteuid(), getgid(), getegid());
    return 0;
}

// Read a file past the page cache; 0, or -1 with errno.
static int read_anew(const char *path)
{
    static char buffer[CHUNK];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got;

    if (fd < 0)
        return -1;
    posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
    while ((got = read(fd, buffer, sizeof(buffer))) > 0)
        ;
    close(fd);
    return got < 0 ? -1 : 0;
}

// Read all files of a folder again and again until one of them fails.
static int read_until_error(char **argv)
{
    if (chdir(argv[0]) < 0)
        return die(argv[0]);
    puts("reading");
    fflush(stdout);
    for (;;) {
        DIR *dir = opendir(".");
        const struct dirent *entry;

        if (!dir)
            return 3;
        while ((errno = 0, entry = readdir(dir)))
            if (entry->d_name[0] != '.' && read_anew(entry->d_name) < 0)
                return 3;
        if (errno)
            return 3;
        closedir(dir);
    }
}

static int write_text(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);

    if (fd < 0 || write(fd, text, strlen(text)) < 0)
        return -1;
    return close(fd);
}

// Bind the host's /dev or /proc at the folder of that name below here.
static int bind_below(const char *name)
{
    return mount(name, name + 1, NULL, MS_BIND | MS_REC, NULL);
}

// bare DIR CMD...: make DIR the root of a world that has nothing but what
// lies in it, /dev and /proc, and run CMD there as the same user.
static int bare(char **argv)
{
    char map[64];
    unsigned uid = getuid(), gid = getgid();

    if (unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0)
        return die("unshare");
    snprintf(map, sizeof(map), "%u %u 1\n", uid, uid);
    if (write_text("/proc/self/setgroups", "deny") < 0 ||
        write_text("/proc/self/uid_map", map) < 0)
        return die("uid_map");
    snprintf(map, sizeof(map), "%u %u 1\n", gid, gid);
    if (write_text("/proc/self/gid_map", map) < 0)
        return die("gid_map");
    if (mount(argv[0], argv[0], NULL, MS_BIND | MS_REC, NULL) < 0 ||
        chdir(argv[0]) < 0 || bind_below("/dev") < 0 || bind_below("/proc") < 0)
        return die(argv[0]);
    if (syscall(SYS_pivot_root, ".", ".") < 0 || umount2(".", MNT_DETACH) < 0 ||
        chdir("/") < 0)
        return die("pivot_root");
    execv(argv[1], argv + 1);
    return die(argv[1]);
}

// become UID GID CMD...: be that user, with group 7 besides, and run CMD.
static int become(char **argv)
{
    gid_t further = 7;

    if (setgroups(1, &further) < 0 || setgid((gid_t)atoi(argv[1])) < 0 ||
        setuid((uid_t)atoi(argv[0])) < 0)
        return die("become");
    execvp(argv[2], argv + 2);
    return die(argv[2]);
}

static const struct {
    const char *name;
    int arguments; // at least
    int (*run)(char **argv);
} commands[] = {
    { "attack", 1, attack },
    { "bare", 2, bare },
    { "become", 3, become },
    { "catch", 1, catch_signal },
    { "faked", 0, faked },
    { "fds", 1, fds },
    { "ids", 0, ids },
    { "inherited", 0, inherited },
    { "raise", 1, raise_signal },
    { "read-until-error", 1, read_until_error },
    { "wait-all", 0, wait_all },
};

int main(int argc, char **argv)
{
    for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++)
        if (argc > 1 && strcmp(argv[1], commands[i].name) == 0 &&
            argc - 2 >= commands[i].arguments)
            return commands[i].run(argv + 2);
    fprintf(stderr, "probe: no such question\n");
    return 99;
}
