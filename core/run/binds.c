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
    { "/dev", "/dev", BIND_IF_SOURCE },
    { "/proc", "/proc", BIND_IF_SOURCE },
    { "/sys", "/sys", BIND_IF_SOURCE },
    { "/etc/hosts", "/etc/hosts", BIND_IF_BOTH },
    { "/etc/machine-id", "/etc/machine-id", BIND_IF_BOTH },
    { "/etc/resolv.conf", "/etc/resolv.conf", BIND_IF_BOTH },
    // Cray's interconnects and launchers
    { "/etc/opt/cray/wlm_detect", "/etc/opt/cray/wlm_detect", BIND_IF_BOTH },
    { "/opt/cray/udreg", "/opt/cray/udreg", BIND_IF_BOTH },
    { "/opt/cray/ugni", "/opt/cray/ugni", BIND_IF_BOTH },
    { "/opt/cray/wlm_detect", "/opt/cray/wlm_detect", BIND_IF_BOTH },
    { "/opt/cray/xpmem", "/opt/cray/xpmem", BIND_IF_BOTH },
    { "/var/lib/hugetlbfs", "/var/opt/cray/hugetlbfs", BIND_IF_BOTH },
    { "/var/opt/cray/alps", "/var/opt/cray/alps", BIND_IF_BOTH },
    { "/var/run/munge", "/var/run/munge", BIND_IF_BOTH },
    { "/var/spool/slurmd", "/var/spool/slurmd", BIND_IF_BOTH },
};

static const struct {
    const char *name, *target;
    char *(*text)(uid_t uid, gid_t gid);
} users_files[] = {
    { "passwd", "/etc/passwd", users_passwd },
    { "group", "/etc/group", users_group },
};

#define SKIP (-2) // one end does not exist, and may be missing

static int no_source(const struct bind *one)
{
    if (one->need != BIND_REQUIRED)
        return SKIP;
    return failed(0, "can't bind: source not found: %s", one->source);
}

// An empty directory or file, as the source is one, to mount upon. 0, SKIP, or
// -1 after failed().
static int create_target(const struct binds *b, const struct bind *one)
{
    struct stat st = { .st_mode = S_IFDIR };

    if (one->source != NULL && stat(one->source, &st) < 0)
        return no_source(one);
    if (mountpoint_create(b->points, one->target, S_ISDIR(st.st_mode)) < 0)
        return failed_while("can't bind: destination not found: %s%s",
                            b->plan->image, one->target);
    return 0;
}

// A descriptor of the mount point; SKIP; or -1 after failed().
static int open_target(const struct binds *b, const struct bind *one)
{
    int fd = fs_open_in_root(b->points->root, one->target, O_PATH, 0);

    if (fd < 0 && errno == ENOENT) {
        int status = one->need == BIND_IF_BOTH ? SKIP : create_target(b, one);

        if (status < 0)
            return status;
        fd = fs_open_in_root(b->points->root, one->target, O_PATH, 0);
    }
    if (fd < 0)
        return failed(errno, "can't bind: can't open destination: %s%s",
                      b->plan->image, one->target);
    return fd;
}

// 0, SKIP, or -1 after failed().
static int try_bind(const struct binds *b, const struct bind *one)
{
    cleanup_close int target = -1;

    // asking the host is cheaper than asking the image, which has a server
    if (one->need == BIND_IF_BOTH && access(one->source, F_OK) < 0)
        return SKIP;
    target = open_target(b, one);
    if (target < 0)
        return target;
    if (mount_bind(one->source, target) < 0)
        return errno == ENOENT
                   ? no_source(one)
                   : failed(errno, "can't bind %s to %s%s", one->source,
                            b->plan->image, one->target);
    log_why("bound %s to %s", one->source, one->target);
    return 0;
}

static int bind_one(const struct binds *b, const struct bind *one)
{
    int status = try_bind(b, one);

    return status == SKIP ? 0 : status;
}

static bool is_host_root(const char *path)
{
    struct stat st, root;

    return stat(path, &st) == 0 && stat("/", &root) == 0 &&
           st.st_dev == root.st_dev && st.st_ino == root.st_ino;
}

// The caller's root directory carries the pile that becomes the container's
// root. Bound recursively, it would show that pile instead of the host.
static int bind_users_own(const struct binds *b, const struct bind *one)
{
    bool hide = is_host_root(one->source);
    int status;

    if (hide && mount_set_unbindable(b->scratch, true) < 0)
        return failed(errno, "can't prepare to bind %s", one->source);
    status = bind_one(b, one);
    if (hide && mount_set_unbindable(b->scratch, false) < 0)
        return failed(errno, "can't bind %s", one->source);
    return status;
}

// The container's own view of its users, in files of the scratch tmpfs.
static int bind_users(const struct binds *b)
{
    for (size_t i = 0; i < COUNT(users_files); i++) {
        cleanup_free char *source =
            str_printf("/proc/self/fd/%d/%s", b->scratch, users_files[i].name);
        struct bind file = { source, users_files[i].target, BIND_REQUIRED };
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
    bool chosen = host != NULL && host[0] != '\0';
    struct bind tmp = { chosen ? host : "/tmp", "/tmp",
                        chosen ? BIND_REQUIRED : BIND_IF_SOURCE };
    cleanup_close int target = -1;

    if (!b->plan->private_tmp)
        return bind_one(b, &tmp);
    tmp.source = NULL;
    target = open_target(b, &tmp);
    if (target < 0)
        return -1;
    if (mount_tmpfs(target, 01777, NULL) < 0)
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
    return bind_one(b, &(struct bind){ home, target, BIND_REQUIRED });
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
    int status = 0;

    for (size_t i = 0; i < COUNT(default_binds) && status == 0; i++)
        status = bind_one(b, &default_binds[i]);
    if (status == 0 && !plan->image_users)
        status = bind_users(b);
    if (status == 0)
        status = mount_tmp(b);
    if (status == 0)
        status = bind_home(b);
    for (size_t i = 0; i < plan->bind_count && status == 0; i++)
        status = bind_users_own(b, &plan->binds[i]);
    return status;
}
