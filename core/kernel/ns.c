// ns.c - enter new namespaces, and say why when the node does not allow it.
//
// EPERM from unshare(CLONE_NEWUSER) has many causes that the kernel does not
// tell apart; users then file bugs against the wrong program. The table below
// asks the node for each of them, in the order of how often sites set them.
// Sources: user_namespaces(7), Debian's and Ubuntu's kernel documentation.
// SPDX-License-Identifier: MIT
#include "core/kernel/ns.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include "core/base/err.h"
#include "core/base/fs.h"
#include "core/base/log.h"
#include "core/base/scope.h"
#include "core/kernel/flags.h"

#ifndef NS_GET_NSTYPE
#define NS_GET_NSTYPE _IO(0xb7, 3) // linux/nsfs.h; Linux 4.11
#endif

#define SMALL_FILE 8192      // bytes; the files asked here hold a page at most
#define NS_PATH 32           // bytes of "/proc/self/ns/TYPE"
#define MOUNTS_MAX (8 << 20) // bytes of mountinfo looked at

static bool setting_is(const char *path, char value)
{
    cleanup_free char *text = fs_read(AT_FDCWD, path, SMALL_FILE, NULL);

    if (text == NULL)
        err_clear(); // the setting does not exist on this kernel
    return text != NULL && text[0] == value;
}

static bool no_user_namespaces(void)
{
    return setting_is("/proc/sys/user/max_user_namespaces", '0');
}

static bool debian_switch_off(void)
{
    return setting_is("/proc/sys/kernel/unprivileged_userns_clone", '0');
}

static bool apparmor_restricts(void)
{
    return setting_is("/proc/sys/kernel/apparmor_restrict_unprivileged_userns",
                      '1');
}

// The kernel refuses user namespaces in a chroot. From inside, the sign of one
// is that no mount is listed at "/" (proc_pid_mountinfo(5), field 5), as
// mounts outside of the root directory are left out.
static bool in_chroot(void)
{
    cleanup_free char *mounts =
        fs_read(AT_FDCWD, "/proc/self/mountinfo", MOUNTS_MAX, NULL);
    char *save = NULL;

    if (mounts == NULL) {
        err_clear();
        return false;
    }
    for (char *line = strtok_r(mounts, "\n", &save); line != NULL;
         line = strtok_r(NULL, "\n", &save)) {
        char blank[2];

        if (sscanf(line, "%*s %*s %*s %*s /%1[ ]", blank) == 1)
            return false;
    }
    return true;
}

static bool seccomp_filtered(void)
{
    cleanup_free char *status =
        fs_read(AT_FDCWD, "/proc/self/status", SMALL_FILE, NULL);

    if (status == NULL) {
        err_clear();
        return false;
    }
    return strstr(status, "\nSeccomp:\t2") != NULL;
}

static const struct cause {
    int errnum;
    bool (*applies)(void);
    const char *hint;
} causes[] = {
    { ENOSPC, no_user_namespaces,
      "user namespaces are switched off: as root, set sysctl "
      "user.max_user_namespaces=65536" },
    { EPERM, no_user_namespaces,
      "user namespaces are switched off: as root, set sysctl "
      "user.max_user_namespaces=65536" },
    { EPERM, debian_switch_off,
      "unprivileged user namespaces are switched off: as root, set sysctl "
      "kernel.unprivileged_userns_clone=1" },
    { EPERM, in_chroot,
      "a chroot cannot make user namespaces: enter it by pivot_root(2), as "
      "container runtimes do" },
    { EPERM, seccomp_filtered,
      "the seccomp filter of an outer container forbids it: start that "
      "container with a filter that allows unshare(2) and mount(2)" },
    { EPERM, apparmor_restricts,
      "AppArmor restricts user namespaces: as root, set sysctl "
      "kernel.apparmor_restrict_unprivileged_userns=0 or load a profile for "
      "this program" },
    { ENOSPC, NULL,
      "the limit of nested or total user namespaces is reached: see sysctl "
      "user.max_user_namespaces and user.max_mnt_namespaces" },
    { EINVAL, NULL, "this kernel is built without user namespaces" },
};

const char *ns_user_hint(int errnum)
{
    for (size_t i = 0; i < sizeof causes / sizeof causes[0]; i++) {
        const struct cause *c = &causes[i];

        if (c->errnum == errnum && (c->applies == NULL || c->applies()))
            return c->hint;
    }
    return "";
}

int ns_unshare(int flags)
{
    char text[FLAGS_TEXT];
    int errnum;
    const char *hint;

    if (log_enabled(LOG_CALL))
        log_call("unshare(%s)", flags_clone(text, (unsigned)flags));
    if (unshare(flags) == 0)
        return 0;
    errnum = errno;
    hint = (flags & CLONE_NEWUSER) != 0 ? ns_user_hint(errnum) : "";
    if (hint[0] == '\0')
        return failed(errnum, "can't make new namespaces");
    return failed(errnum, "can't make a user namespace (%s)", hint);
}

static const char *own_path(char path[NS_PATH], const char *type)
{
    snprintf(path, NS_PATH, "/proc/self/ns/%s", type);
    return path;
}

int ns_open(const char *type)
{
    char path[NS_PATH];
    int fd = open(own_path(path, type), O_RDONLY | O_CLOEXEC);

    return fd >= 0 ? fd : failed(errno, "can't open %s", path);
}

int ns_open_at(int proc, const char *type)
{
    char path[NS_PATH];

    snprintf(path, sizeof path, "self/ns/%s", type);
    return openat(proc, path, O_RDONLY | O_CLOEXEC);
}

int ns_enter(int fd)
{
    log_call("setns(fd %d)", fd);
    return setns(fd, 0);
}

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x80 // Linux 5.6
#endif

static const struct {
    const char *type;
    int flag;
} kinds[] = {
    { "user", CLONE_NEWUSER }, { "mnt", CLONE_NEWNS },
    { "pid", CLONE_NEWPID },   { "net", CLONE_NEWNET },
    { "ipc", CLONE_NEWIPC },   { "uts", CLONE_NEWUTS },
    { "time", CLONE_NEWTIME }, { "cgroup", CLONE_NEWCGROUP },
};

#define KINDS (sizeof kinds / sizeof kinds[0])

int ns_flag(const char *type)
{
    for (size_t i = 0; i < KINDS; i++)
        if (strcmp(kinds[i].type, type) == 0)
            return kinds[i].flag;
    return 0;
}

const char *ns_type(int flag)
{
    for (size_t i = 0; i < KINDS; i++)
        if (kinds[i].flag == flag)
            return kinds[i].type;
    return NULL;
}

int ns_open_path(const char *path, int flag)
{
    cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    int found;

    if (fd < 0)
        return failed(errno, "can't open the namespace %s", path);
    found = ioctl(fd, NS_GET_NSTYPE);
    if (found != flag)
        return failed(0, "%s is no %s namespace", path, ns_type(flag));
    return steal_fd(&fd);
}

int ns_identity(const char *type, dev_t *device, ino_t *inode)
{
    char path[NS_PATH];
    struct stat st;

    if (stat(own_path(path, type), &st) < 0)
        return failed(errno, "can't stat %s", path);
    *device = st.st_dev;
    *inode = st.st_ino;
    return 0;
}
