// unmounting.c - take away what ch-mount has put there.
//
// The mount is found by the id of what the path leads to, which asks nobody
// but the kernel: a path may have several mounts on top of each other, and the
// server of the uppermost may be dead.
// SPDX-License-Identifier: MIT
#include "core/run/unmounting.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/fs.h"
#include "core/base/scope.h"
#include "core/kernel/caps.h"
#include "core/kernel/holders.h"
#include "core/kernel/idmap.h"
#include "core/kernel/mount.h"
#include "core/kernel/mountinfo.h"
#include "core/run/fusermount.h"
#include "core/run/mounted.h"

// The mount that "dir" is in, and the absolute path of "dir" (NULL: it is
// longer than the kernel tells), which the caller frees. NULL after failed().
static const struct mountinfo_entry *find(const struct mountinfo *mounts,
                                          const char *dir, char **path)
{
    cleanup_close int fd = open(dir, O_PATH | O_CLOEXEC);
    char link[FS_FD_PATH];
    const struct mountinfo_entry *mount;

    if (fd < 0) {
        failed(errno, "can't unmount %s", dir);
        return NULL;
    }
    *path = fs_readlink(AT_FDCWD, fs_fd_path(link, fd));
    mount = mountinfo_find(mounts, mountinfo_id(fd));
    if (mount == NULL)
        failed(0, "can't unmount %s: it is not a mount point", dir);
    return mount;
}

// Is the mount one of images, and "dir" its root? 0, or -1 after failed().
static int check(const struct mountinfo_entry *mount, const char *dir,
                 const char *path)
{
    if (path != NULL && strcmp(path, mount->dir) != 0) {
        if (mounted_kind(mount) == MOUNTED_OTHER)
            return failed(0, "can't unmount %s: it is not a mount point", dir);
        return failed(0,
                      "can't unmount %s: it is not a mount point, but within "
                      "the one at %s",
                      dir, mount->dir);
    }
    if (mounted_kind(mount) == MOUNTED_OTHER)
        return failed(
            0, "can't unmount %s: its %s is not a mount of ch-mount%s", dir,
            mount->type,
            caps_may_mount() ? "" : ", or one that root must unmount");
    return 0;
}

static const struct mountinfo_entry *mounted_on(
    const struct mountinfo *mounts, const struct mountinfo_entry *mount)
{
    for (size_t i = 0; i < mounts->count; i++)
        if (mounts->entries[i].parent == mount->id &&
            mounts->entries[i].id != mount->id)
            return &mounts->entries[i];
    return NULL;
}

// Say who keeps a mount busy. False: nobody is seen.
static bool blame(const struct mountinfo *mounts,
                  const struct mountinfo_entry *mount, const char *dir)
{
    const struct mountinfo_entry *above = mounted_on(mounts, mount);
    struct holder holder;
    size_t count;

    if (above != NULL) {
        failed(0, "can't unmount %s: busy: something is mounted at %s", dir,
               above->dir);
        return true;
    }
    count = holders_find(mount, &holder);
    if (count == 1)
        failed(0, "can't unmount %s: busy: PID %d (%s) %s", dir,
               (int)holder.pid, holder.name, holder.how);
    else if (count > 1)
        failed(0,
               "can't unmount %s: busy: PID %d (%s) %s, and %zu more "
               "use it",
               dir, (int)holder.pid, holder.name, holder.how, count - 1);
    return count > 0;
}

static int remove_ourselves(const struct mountinfo *mounts,
                            const struct mountinfo_entry *mount,
                            const char *dir, bool lazily)
{
    int errnum;

    if (mount_remove(dir, lazily) == 0)
        return 0;
    errnum = errno;
    if (errnum == EBUSY && blame(mounts, mount, dir))
        return -1;
    if (errnum == EINVAL) // a locked mount, see mount_namespaces(7)
        return failed(EPERM,
                      "can't unmount %s, which is of the namespace around this "
                      "one",
                      dir);
    return failed(errnum, "can't unmount %s", dir);
}

static int remove_by_helper(const struct mountinfo *mounts,
                            const struct mountinfo_entry *mount,
                            const char *dir, bool lazily)
{
    cleanup_free char *reason = NULL;

    if (idmap_is_single())
        return failed(EPERM,
                      "can't unmount %s, which goes when the last process of "
                      "its namespace ends",
                      dir);
    if (fusermount_unmount(dir, lazily, &reason) == 0)
        return 0;
    if (blame(mounts, mount, dir))
        return -1;
    return failed(0, "can't unmount %s: %s", dir,
                  reason ? reason : "out of memory");
}

int unmounting_dir(const char *dir, bool lazily)
{
    cleanup_mountinfo struct mountinfo mounts = { 0 };
    const struct mountinfo_entry *mount;
    cleanup_free char *path = NULL;

    if (mountinfo_read(&mounts) < 0)
        return -1;
    mount = find(&mounts, dir, &path);
    if (mount == NULL || check(mount, dir, path) < 0)
        return -1;
    if (caps_may_mount())
        return remove_ourselves(&mounts, mount, dir, lazily);
    return remove_by_helper(&mounts, mount, dir, lazily);
}

// fusermount3 unmounts the user's own, and nothing in a namespace of his.
static bool may_remove(const struct mountinfo_entry *mount)
{
    char owner[sizeof "user_id=" + 3 * sizeof(uid_t)];

    if (mounted_kind(mount) == MOUNTED_OTHER || strcmp(mount->dir, "/") == 0)
        return false;
    if (caps_may_mount())
        return true;
    snprintf(owner, sizeof owner, "user_id=%u", geteuid());
    return !idmap_is_single() && mountinfo_has_option(mount, owner);
}

int unmounting_dirs(struct strlist *dirs)
{
    cleanup_mountinfo struct mountinfo mounts = { 0 };

    if (mountinfo_read(&mounts) < 0)
        return -1;
    for (size_t i = mounts.count; i-- > 0;)
        if (may_remove(&mounts.entries[i]) &&
            strlist_add(dirs, mounts.entries[i].dir) < 0)
            return -1;
    return 0;
}
