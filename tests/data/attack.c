// attack.c - things that an ordinary user must not be able to do.
//
// Each prints "NAME: refused" with the reason, or "NAME: ALLOWED". A container
// must not allow what the same user is refused outside of it.
// SPDX-License-Identifier: MIT
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
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
    { "bind", bind_low_port },    { "escape", escape },
    { "hostname", set_hostname }, { "kill", signal_init },
    { "mknod", make_device },     { "remount", mount_writable },
    { "seteuid", become_other },  { "setgroups", set_groups },
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
