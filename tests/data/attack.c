// attack.c - things that an ordinary user must not be able to do.
//
// Each prints "NAME: refused" with the reason, or "NAME: ALLOWED". A container
// must not allow what the same user is refused outside of it.
// SPDX-License-Identifier: MIT
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "tests/data/probe.h"

enum { LOW_PORT = 703, OTHER_ID = 2, FAR_UP = 64 };

static const char jail[] = "/tmp/ch-jail";

// The old way out: chroot into a folder without going there, climb, chroot.
// argument: a path that only the host has.
static int escape(const char *marker)
{
    int done;

    mkdir(jail, 0700);
    done = chroot(jail);
    for (int i = 0; done == 0 && i < FAR_UP; i++)
        if (chdir("..") < 0)
            break;
    if (done == 0)
        done = chroot(".");
    if (done == 0)
        done = access(marker, F_OK);
    return done;
}

static int make_device(const char *path)
{
    int done = mknod(path, S_IFCHR | 0666, makedev(1, 3));

    if (done == 0)
        unlink(path);
    return done;
}

static int set_groups(const char *unused)
{
    gid_t group = OTHER_ID;

    (void)unused;
    return setgroups(1, &group);
}

static int become_other(const char *unused)
{
    (void)unused;
    return seteuid(OTHER_ID);
}

static int bind_low_port(const char *unused)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_port = htons(LOW_PORT) };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    (void)unused;
    if (fd < 0)
        return -1;
    return bind(fd, (struct sockaddr *)&address, sizeof(address));
}

static int signal_init(const char *unused)
{
    (void)unused;
    return kill(1, 0);
}

static int become_other_for_good(const char *unused)
{
    (void)unused;
    if (setresgid(OTHER_ID, OTHER_ID, OTHER_ID) == 0)
        return 0;
    return setresuid(OTHER_ID, OTHER_ID, OTHER_ID);
}

// A file system of the host's from its disk; the kernel looks at the right to
// do it before it looks at the disk.
static int mount_disk(const char *device)
{
    return mount(device, "/mnt/0", "ext4", 0, NULL);
}

static int try_open(const char *path, int flags)
{
    int fd = open(path, flags | O_CLOEXEC);

    return fd < 0 ? -1 : close(fd);
}

static int open_for_writing(const char *path)
{
    return try_open(path, O_WRONLY);
}

static int trace(const char *pid)
{
    return (int)ptrace(PTRACE_SEIZE, strtol(pid, NULL, 10), NULL, NULL);
}

// Enter the namespaces of a process.
static int enter(const char *pid)
{
    static const char *const kinds[] = { "user", "mnt", "pid_for_children" };
    char path[64];

    for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
        int fd;

        snprintf(path, sizeof(path), "/proc/%s/ns/%s", pid, kinds[i]);
        fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd >= 0 && setns(fd, 0) == 0)
            return 0;
    }
    return -1;
}

// What of a process leads to files, by way of /proc: all must be closed, or
// lead to nothing that the container does not have.
static int reach_by(const char *pid, const char *marker)
{
    static const char *const links[] = { "root", "cwd/..", "cwd/../.." };
    static const char *const files[] = { "mem", "environ", "maps", "fd/0",
                                         "exe" };
    char path[4200];

    for (size_t i = 0; i < sizeof(links) / sizeof(*links); i++) {
        snprintf(path, sizeof(path), "/proc/%s/%s%s", pid, links[i], marker);
        if (access(path, F_OK) == 0)
            return 0;
    }
    for (size_t i = 0; marker[0] == '\0' && i < sizeof(files) / sizeof(*files);
         i++) {
        snprintf(path, sizeof(path), "/proc/%s/%s", pid, files[i]);
        if (try_open(path, O_RDONLY) == 0)
            return 0;
    }
    return -1;
}

// A file of the host's by way of any process at all.
static int reach_host(const char *marker)
{
    DIR *proc = opendir("/proc");
    const struct dirent *entry;
    int done = -1;

    while (done < 0 && proc != NULL && (entry = readdir(proc)) != NULL)
        if (entry->d_name[0] >= '0' && entry->d_name[0] <= '9')
            done = reach_by(entry->d_name, marker);
    return done;
}

// Look into one process.
static int look(const char *pid)
{
    return reach_by(pid, "");
}

// Overwrite the program that a process runs (CVE-2019-5736): of those that can
// be seen, none may be open to writing.
static int overwrite(const char *unused)
{
    DIR *proc = opendir("/proc");
    const struct dirent *entry;
    char path[300];

    (void)unused;
    while (proc != NULL && (entry = readdir(proc)) != NULL) {
        snprintf(path, sizeof(path), "/proc/%s/exe", entry->d_name);
        if (entry->d_name[0] >= '0' && entry->d_name[0] <= '9' &&
            try_open(path, O_WRONLY) == 0)
            return 0;
    }
    return -1;
}

// Give the kernel a module, another kernel, a place to swap to.
static int rule_kernel(const char *unused)
{
    (void)unused;
    if (syscall(SYS_init_module, "", 0L, "") == 0 ||
        syscall(SYS_kexec_load, 0L, 0L, NULL, 0L) == 0)
        return 0;
    return (int)syscall(SYS_swapon, "/tmp", 0L);
}

static int mount_writable(const char *path)
{
    return mount(NULL, path, NULL, MS_REMOUNT | MS_BIND, NULL);
}

static int set_hostname(const char *unused)
{
    (void)unused;
    return sethostname("attacked", strlen("attacked"));
}

static const struct {
    const char *name;
    int (*attempt)(const char *argument);
} attacks[] = {
    { "bind", bind_low_port },
    { "disk", mount_disk },
    { "enter", enter },
    { "escape", escape },
    { "hostname", set_hostname },
    { "kernel", rule_kernel },
    { "kill", signal_init },
    { "look", look },
    { "mknod", make_device },
    { "overwrite", overwrite },
    { "reach", reach_host },
    { "remount", mount_writable },
    { "seteuid", become_other },
    { "setgroups", set_groups },
    { "setresuid", become_other_for_good },
    { "trace", trace },
    { "write", open_for_writing },
};

int attack(char **argv)
{
    for (size_t i = 0; i < sizeof(attacks) / sizeof(*attacks); i++) {
        if (strcmp(argv[0], attacks[i].name) != 0)
            continue;
        if (attacks[i].attempt(argv[1]) == 0) {
            printf("%s: ALLOWED\n", argv[0]);
            return 1;
        }
        printf("%s: refused, %s\n", argv[0], strerror(errno));
        return 0;
    }
    errno = ENOENT;
    return die(argv[0]);
}
