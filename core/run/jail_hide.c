// jail_hide.c - paths of a container that are masked or read-only.
//
// All within the root and by descriptors. The device that covers a file is the
// host's /dev/null, looked at before: the container's own could be a link or
// another device (CVE-2025-31133).
// SPDX-License-Identifier: MIT
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "core/base/err.h"
#include "core/base/fs.h"
#include "core/base/scope.h"
#include "core/kernel/mount.h"
#include "core/kernel/mount_shown.h"
#include "core/run/jail_work.h"

#define NULL_MAJOR 1
#define NULL_MINOR 3

// What is not there need not be hidden.
static int open_path(const struct jail_work *work, const char *path, int *fd)
{
    *fd = fs_open_in_root(work->points.root, path, O_PATH, 0);
    if (*fd >= 0 || errno == ENOENT || errno == ENOTDIR)
        return 0;
    return failed(errno, "can't open %s", path);
}

static int check_null(void)
{
    struct stat st;

    if (stat("/dev/null", &st) < 0)
        return failed(errno, "can't stat /dev/null");
    if (!S_ISCHR(st.st_mode) || st.st_rdev != makedev(NULL_MAJOR, NULL_MINOR))
        return failed(0, "/dev/null is not the null device");
    return 0;
}

// An empty directory, which all that are masked share; at first a new one.
static int cover_directory(const struct jail_work *work, const char *path,
                           int fd, int *empty)
{
    cleanup_close int copy = *empty < 0 ? -1 : mount_copy(*empty);

    if (copy >= 0)
        return mount_put(copy, fd);
    if (mount_new(fd, "tmpfs", "tmpfs",
                  MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC,
                  "size=0k,nr_inodes=2,mode=755") < 0)
        return -1;
    return *empty < 0 ? open_path(work, path, empty) : 0;
}

static bool is_repeated(const char *const *all, const char *const *one)
{
    for (; all < one; all++)
        if (strcmp(*all, *one) == 0)
            return true;
    return false;
}

static int mask(const struct jail_work *work, const char *path, int *empty)
{
    cleanup_close int fd = -1;
    struct stat st;

    if (open_path(work, path, &fd) < 0)
        return -1;
    if (fd < 0)
        return 0;
    if (fstat(fd, &st) < 0)
        return failed(errno, "can't stat %s", path);
    if (S_ISDIR(st.st_mode) ? cover_directory(work, path, fd, empty) < 0
                            : mount_bind_only("/dev/null", fd, false) < 0)
        return failed(errno, "can't mask %s%s", path, mount_hint(errno));
    return 0;
}

static int protect(const struct jail_work *work, const char *path)
{
    char link[FS_FD_PATH];
    cleanup_close int fd = -1;
    cleanup_close int mounted = -1;
    struct stat st;

    if (open_path(work, path, &fd) < 0)
        return -1;
    if (fd < 0)
        return 0;
    if (mount_bind_only(fs_fd_path(link, fd), fd, true) < 0)
        return failed(errno, "can't make %s read-only%s", path,
                      mount_hint(errno));
    if (open_path(work, path, &mounted) < 0)
        return -1;
    if (fstat(fd, &st) < 0 || mounted < 0 || !mount_shown(mounted, &st))
        return failed(0, "%s was changed while it was made read-only", path);
    if (mount_set_read_only(mounted, false) < 0)
        return failed(errno, "can't make %s read-only", path);
    return 0;
}

int jail_hide_paths(const struct jail_work *work)
{
    const struct jail *plan = work->plan;
    const char *const *path;
    cleanup_close int empty = -1;

    if (plan->masked_paths != NULL && check_null() < 0)
        return -1;
    for (path = plan->read_only_paths; path != NULL && *path != NULL; path++)
        if (protect(work, *path) < 0)
            return -1;
    for (path = plan->masked_paths; path != NULL && *path != NULL; path++)
        if (!is_repeated(plan->masked_paths, path) &&
            mask(work, *path, &empty) < 0)
            return -1;
    return 0;
}
