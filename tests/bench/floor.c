// floor.c - the least that a container can be: floor DIR COMMAND [ARG...]
//
// One user and one mount namespace, the id maps, four bind mounts, pivot_root
// and exec; nothing is checked and nothing kept. What ch-run costs above this
// is what ch-run costs.
// SPDX-License-Identifier: MIT
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

static void must(long result, const char *what)
{
    if (result >= 0)
        return;
    fprintf(stderr, "floor: %s: %s\n", what, strerror(errno));
    exit(31);
}

static void write_to(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);

    must(fd, path);
    must(write(fd, text, strlen(text)), path);
    close(fd);
}

static void map_id(const char *path, unsigned id)
{
    char text[64];

    snprintf(text, sizeof(text), "%u %u 1\n", id, id);
    write_to(path, text);
}

static void bind(const char *source, const char *target)
{
    must(mount(source, target, NULL, MS_BIND | MS_REC, NULL), target);
}

int main(int argc, char **argv)
{
    unsigned uid = getuid(), gid = getgid();

    if (argc < 3)
        return 31;
    must(unshare(CLONE_NEWUSER | CLONE_NEWNS), "unshare");
    write_to("/proc/self/setgroups", "deny");
    map_id("/proc/self/uid_map", uid);
    map_id("/proc/self/gid_map", gid);
    bind(argv[1], argv[1]);
    must(chdir(argv[1]), argv[1]);
    bind("/proc", "proc");
    bind("/sys", "sys");
    bind("/dev", "dev");
    must(syscall(SYS_pivot_root, ".", "."), "pivot_root");
    must(umount2(".", MNT_DETACH), "umount");
    must(chdir("/"), "/");
    execv(argv[2], argv + 2);
    must(-1, argv[2]);
    return 49;
}
