// binds.c - what of the host is seen in the container, and where.
//
// A target is opened just before it is mounted upon, as an earlier bind may
// have brought it. Sources are paths of the caller's root, which stays
// reachable until the pivot (core/kernel/root.h).
// SPDX-License-Identifier: MIT
#include "core/run/binds.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/fs.h"
#include "core/base/log.h"
#include "core/base/scope.h"
#include "core/base/str.h"
#include "core/kernel/mount.h"
#include "core/run/users.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

// What ch-run makes visible in every container (ch-run(1)).
static const struct bind default_binds[] = {
    { "/dev", "/dev", false },
    { "/proc", "/proc", false },
    { "/sys", "/sys", false },
    { "/etc/hosts", "/etc/hosts", true },
    { "/etc/machine-id", "/etc/machine-id", true },
    { "/etc/resolv.conf", "/etc/resolv.conf", true },
    // Cray's interconnects and launchers
    { "/etc/opt/cray/wlm_detect", "/etc/opt/cray/wlm_detect", true },
    { "/opt/cray/udreg", "/opt/cray/udreg", true },
    { "/opt/cray/ugni", "/opt/cray/ugni", true },
    { "/opt/cray/wlm_detect", "/opt/cray/wlm_detect", true },
    { "/opt/cray/xpmem", "/opt/cray/xpmem", true },
    { "/var/lib/hugetlbfs", "/var/opt/cray/hugetlbfs", true },
    { "/var/opt/cray/alps", "/var/opt/cray/alps", true },
    { "/var/run/munge", "/var/run/munge", true },
    { "/var/spool/slurmd", "/var/spool/slurmd", true },
};

static const struct {
    const char *name, *target;
    char *(*text)(uid_t uid, gid_t gid);
} users_files[] = {
    { "passwd", "/etc/passwd", users_passwd },
    { "group", "/etc/group", users_group },
};

// An empty directory or file, as the source is one, to mount upon.
static int create_target(const struct binds *b, const char *source,
                         const char *target)
{
    cleanup_free char *parent = str_dup(target);
    char *slash;
    struct stat st;
    int fd;

    if (parent == NULL)
        return -1;
    if (source != NULL && stat(source, &st) < 0)
        return failed(errno, "can't bind: source not found: %s", source);
    if (source == NULL || S_ISDIR(st.st_mode))
        return fs_mkdirs_in_root(b->root, target, 0755) < 0
                   ? failed(errno, "can't create the mount point %s", target)
                   : 0;
    slash = strrchr(parent, '/');
    if (slash != NULL)
        *slash = '\0';
    if (fs_mkdirs_in_root(b->root, parent, 0755) < 0)
        return failed(errno, "can't create the directory %s", parent);
    fd = fs_open_in_root(b->root, target, O_CREAT | O_WRONLY, 0644);
    if (fd < 0)
        return failed(errno, "can't create the mount point %s", target);
    close(fd);
    return 0;
}

// A descriptor of the mount point; BINDS_MISSING; or -1 after failed().
static int open_target(const struct binds *b, const char *source,
                       const char *target)
{
    int fd = fs_open_in_root(b->root, target, O_PATH, 0);

    if (fd >= 0)
        return fd;
    if (errno != ENOENT)
        return failed(errno, "can't bind: can't open destination: %s%s",
                      b->plan->image, target);
    if (!b->may_create)
        return BINDS_MISSING;
    log_step("creating mount point: %s", target);
    if (create_target(b, source, target) < 0)
        return -1;
    fd = fs_open_in_root(b->root, target, O_PATH, 0);
    return fd >= 0 ? fd
                   : failed(errno, "can't open the mount point %s", target);
}

static int bind_one(const struct binds *b, const struct bind *one)
{
    bool present = access(one->source, F_OK) == 0;
    cleanup_close int target = -1;

    if (!present && one->optional)
        return 0;
    if (!present)
        return failed(0, "can't bind: source not found: %s", one->source);
    if (one->optional && !fs_exists_in_root(b->root, one->target))
        return 0;
    target = open_target(b, one->source, one->target);
    if (target < 0)
        return target;
    if (mount_bind(one->source, target) < 0)
        return failed(errno, "can't bind %s to %s%s", one->source,
                      b->plan->image, one->target);
    log_why("bound %s to %s", one->source, one->target);
    return 0;
}

static int bind_all(const struct binds *b, const struct bind *binds,
                    size_t count)
{
    int status = 0;

    for (size_t i = 0; i < count && status == 0; i++)
        status = bind_one(b, &binds[i]);
    return status;
}

// The container's own view of its users, in files of the scratch tmpfs.
static int bind_users(const struct binds *b)
{
    for (size_t i = 0; i < COUNT(users_files); i++) {
        cleanup_free char *source =
            str_printf("/proc/self/fd/%d/%s", b->scratch, users_files[i].name);
        struct bind file = { source, users_files[i].target, false };
        int status;

        if (source == NULL)
            return -1;
        status = bind_one(b, &file);
        if (status != 0)
            return status;
    }
    return 0;
}

static int mount_tmp(const struct binds *b)
{
    const char *host = getenv("TMPDIR");
    struct bind tmp = { host ? host : "/tmp", "/tmp", false };
    cleanup_close int target = -1;

    if (!b->plan->private_tmp)
        return access(tmp.source, F_OK) == 0 ? bind_one(b, &tmp) : 0;
    target = open_target(b, NULL, "/tmp");
    if (target < 0)
        return target;
    if (mount_tmpfs(target, NULL) < 0)
        return failed(errno, "can't mount tmpfs at %s/tmp", b->plan->image);
    return 0;
}

static int bind_home(const struct binds *b)
{
    const char *home = getenv("HOME");
    cleanup_free char *target = NULL;

    if (b->plan->home != HOME_HOST)
        return 0;
    target = str_printf("/home/%s", users_name());
    if (target == NULL)
        return -1;
    return bind_one(b, &(struct bind){ home, target, false });
}

int binds_prepare(const struct binds *b)
{
    for (size_t i = 0; i < COUNT(users_files); i++) {
        cleanup_free char *text =
            users_files[i].text(b->plan->uid, b->plan->gid);
        cleanup_close int fd =
            openat(b->scratch, users_files[i].name,
                   O_CREAT | O_WRONLY | O_CLOEXEC | O_EXCL, 0644);

        if (text == NULL)
            return -1;
        if (fd < 0 || fs_write_all(fd, text, strlen(text)) < 0)
            return failed(errno, "can't write %s of the container",
                          users_files[i].target);
    }
    return 0;
}

int binds_apply(const struct binds *b)
{
    const struct container *plan = b->plan;
    int status = bind_all(b, default_binds, COUNT(default_binds));

    if (status == 0 && !plan->image_users)
        status = bind_users(b);
    if (status == 0)
        status = mount_tmp(b);
    if (status == 0)
        status = bind_home(b);
    if (status == 0)
        status = bind_all(b, plan->binds, plan->bind_count);
    return status;
}
