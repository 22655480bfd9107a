// mount.c - mount(2) and its companions; the only place with option names.
//
// The old mount(2) is used rather than fsopen(2) and friends: one call where
// those need four, and it works on kernels of 2018. A target given as a
// descriptor is named by its /proc/self/fd link, which leads to the very
// mount and directory that was opened.
// SPDX-License-Identifier: MIT
#include "core/kernel/mount.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/base/fs.h"
#include "core/base/log.h"
#include "core/base/scope.h"
#include "core/kernel/flags.h"
#include "core/kernel/mountinfo.h"

#ifndef SYS_mount_setattr
#define SYS_mount_setattr 442 // the same on every architecture
#endif

#ifndef SYS_open_tree
#define SYS_open_tree 428 // likewise
#endif
#ifndef SYS_move_mount
#define SYS_move_mount 429 // likewise
#endif

// Flags of the two, also from linux/mount.h.
#define TREE_CLONE 1u
#define TREE_CLOEXEC ((unsigned)O_CLOEXEC)
#define MOVE_FROM_EMPTY 0x04u
#define MOVE_TO_EMPTY 0x40u
#define ATTR_IDMAP 0x00100000u

// struct mount_attr and its flags that we need, from linux/mount.h, which can't
// be included beside sys/mount.h. They have the numbers of enum mount_limit,
// and so have those of mount(2).
struct attr {
    uint64_t set, clear, propagation, userns_fd;
};
_Static_assert((int)MOUNT_NO_WRITING == (int)MS_RDONLY &&
                   (int)MOUNT_NO_SETUID == (int)MS_NOSUID &&
                   (int)MOUNT_NO_DEVICES == (int)MS_NODEV &&
                   (int)MOUNT_NO_PROGRAMS == (int)MS_NOEXEC,
               "mount(2) and mount_setattr(2) use these numbers");

// What a remount can set, of attributes.
#define LIMITS \
    (MOUNT_NO_WRITING | MOUNT_NO_SETUID | MOUNT_NO_DEVICES | MOUNT_NO_PROGRAMS)

static int mount_at(const char *source, int target, const char *type,
                    unsigned long flags, const char *options)
{
    char path[FS_FD_PATH];
    char names[FLAGS_TEXT];

    if (log_enabled(LOG_CALL))
        log_call("mount(%s, fd %d, %s, %s, %s)", source ? source : "-", target,
                 type ? type : "-", flags_mount(names, flags),
                 options ? options : "-");
    return mount(source, fs_fd_path(path, target), type, flags, options);
}

static int clone_path(const char *source, unsigned flags)
{
    return (int)syscall(SYS_open_tree, AT_FDCWD, source,
                        TREE_CLONE | TREE_CLOEXEC | flags);
}

// By descriptors, without a look into /proc. Linux 5.2.
static int bind_by_descriptor(const char *source, int target, unsigned flags)
{
    int status;
    int tree = clone_path(source, flags);

    if (tree < 0)
        return -1;
    status = (int)syscall(SYS_move_mount, tree, "", target, "",
                          MOVE_FROM_EMPTY | MOVE_TO_EMPTY);
    close(tree);
    if (status == 0)
        log_call("open_tree(%s), move_mount(fd %d)", source, target);
    return status;
}

int mount_bind_only(const char *source, int target, bool below)
{
    // an older kernel or a filter may refuse it, and mount(2) tells errors
    // better
    if (bind_by_descriptor(source, target, below ? AT_RECURSIVE : 0) == 0)
        return 0;
    return mount_at(source, target, NULL, MS_BIND | (below ? MS_REC : 0), NULL);
}

int mount_bind(const char *source, int target)
{
    return mount_bind_only(source, target, true);
}

int mount_bind_link(const char *link, int target)
{
    return bind_by_descriptor(link, target, AT_SYMLINK_NOFOLLOW);
}

int mount_clone(const char *source, bool below)
{
    log_call("open_tree(%s, OPEN_TREE_CLONE%s)", source,
             below ? " | AT_RECURSIVE" : "");
    return clone_path(source, below ? AT_RECURSIVE : 0);
}

int mount_map_ids(int mount, int user_namespace, bool below)
{
    struct attr attr = { .set = ATTR_IDMAP,
                         .userns_fd = (uint64_t)user_namespace };

    log_call("mount_setattr(fd %d, MOUNT_ATTR_IDMAP, fd %d%s)", mount,
             user_namespace, below ? ", AT_RECURSIVE" : "");
    return (int)syscall(SYS_mount_setattr, mount, "",
                        AT_EMPTY_PATH | (below ? AT_RECURSIVE : 0), &attr,
                        sizeof attr);
}

int mount_new(int target, const char *type, const char *source,
              unsigned long flags, const char *data)
{
    return mount_at(source, target, type, flags, data);
}

int mount_propagate(int target, unsigned long flags)
{
    return mount_at(NULL, target, NULL, flags, NULL);
}

int mount_tmpfs(int target, unsigned mode, const char *size)
{
    char options[64];
    int length = snprintf(options, sizeof options, "mode=%o%s%s", mode,
                          size ? ",size=" : "", size ? size : "");

    // a comma would smuggle in further options
    if (length < 0 || (size_t)length >= sizeof options ||
        (size != NULL &&
         (strchr(size, ',') != NULL || !isdigit((unsigned char)size[0])))) {
        errno = EINVAL;
        return -1;
    }
    return mount_at("tmpfs", target, "tmpfs", MS_NOSUID | MS_NODEV, options);
}

int mount_overlay(int target, const struct mount_layers *layers)
{
    char path[4][FS_FD_PATH];
    char options[5 * FS_FD_PATH + 64];
    int n = snprintf(options, sizeof options, "userxattr,lowerdir=");

    if (layers->middle >= 0)
        n += snprintf(options + n, sizeof options - (size_t)n,
                      "%s:", fs_fd_path(path[0], layers->middle));
    n += snprintf(options + n, sizeof options - (size_t)n, "%s",
                  fs_fd_path(path[1], layers->lower));
    if (layers->upper >= 0)
        snprintf(options + n, sizeof options - (size_t)n,
                 ",upperdir=%s,workdir=%s%s",
                 fs_fd_path(path[2], layers->upper),
                 fs_fd_path(path[3], layers->work),
                 layers->forgotten ? ",volatile" : "");
    return mount_at("overlay", target, "overlay", MS_NODEV, options);
}

// Overlayfs marks the directory for as long as it is mounted, but looks at the
// mark only with its option "index". What it looks at next, that upperdir and
// workdir are of the same mount, is never so here: EINVAL tells that there is
// no mark.
bool mount_overlay_uses(int upper, int other)
{
    char path[2][FS_FD_PATH];
    char options[3 * FS_FD_PATH + 64];

    fs_fd_path(path[0], upper);
    fs_fd_path(path[1], other);
    snprintf(options, sizeof options,
             "userxattr,index=on,lowerdir=%s,upperdir=%s,workdir=%s", path[1],
             path[0], path[1]);
    return mount_at("overlay", other, "overlay", MS_NODEV, options) < 0 &&
           errno == EBUSY;
}

int mount_move(int source, const char *target)
{
    char path[FS_FD_PATH];

    log_call("mount(fd %d, %s, MS_MOVE)", source, target);
    return mount(fs_fd_path(path, source), target, NULL, MS_MOVE, NULL);
}

int mount_copy(int mount)
{
    log_call("open_tree(fd %d, OPEN_TREE_CLONE)", mount);
    return (int)syscall(SYS_open_tree, mount, "",
                        TREE_CLONE | TREE_CLOEXEC | AT_EMPTY_PATH);
}

int mount_put(int copy, int target)
{
    log_call("move_mount(fd %d, fd %d)", copy, target);
    return (int)syscall(SYS_move_mount, copy, "", target, "",
                        MOVE_FROM_EMPTY | MOVE_TO_EMPTY);
}

// Before Linux 5.12: a remount replaces all flags, and dropping one that a
// more privileged namespace has set is refused, so they are carried over.
static int remount(int target, unsigned limits)
{
    static const struct {
        unsigned long statvfs_flag, mount_flag;
    } kept[] = {
        { ST_NOSUID, MS_NOSUID },         { ST_NODEV, MS_NODEV },
        { ST_NOEXEC, MS_NOEXEC },         { ST_NOATIME, MS_NOATIME },
        { ST_NODIRATIME, MS_NODIRATIME }, { ST_RELATIME, MS_RELATIME },
    };
    unsigned long flags = MS_REMOUNT | MS_BIND | limits;
    struct statvfs now;

    if (fstatvfs(target, &now) < 0)
        return -1;
    for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++)
        if ((now.f_flag & kept[i].statvfs_flag) != 0)
            flags |= kept[i].mount_flag;
    return mount_at(NULL, target, NULL, flags, NULL);
}

int mount_limit(int target, unsigned limits, bool below)
{
    struct attr attr = { .set = limits };

    log_call("mount_setattr(fd %d, %#x%s)", target, limits,
             below ? ", AT_RECURSIVE" : "");
    if (syscall(SYS_mount_setattr, target, "",
                AT_EMPTY_PATH | (below ? AT_RECURSIVE : 0), &attr,
                sizeof attr) == 0)
        return 0;
    if (errno != ENOSYS || remount(target, limits) < 0)
        return -1;
    return below ? 1 : 0;
}

int mount_change(int target, uint64_t set, uint64_t clear, bool below)
{
    struct attr attr = { .set = set, .clear = clear };

    log_call("mount_setattr(fd %d, %#llx, ~%#llx%s)", target,
             (unsigned long long)set, (unsigned long long)clear,
             below ? ", AT_RECURSIVE" : "");
    if (syscall(SYS_mount_setattr, target, "",
                AT_EMPTY_PATH | (below ? AT_RECURSIVE : 0), &attr,
                sizeof attr) == 0)
        return 0;
    if (errno != ENOSYS || below)
        return -1;
    return remount(target, (unsigned)set & LIMITS);
}

int mount_set_read_only(int target, bool below)
{
    return mount_limit(target, MOUNT_NO_WRITING, below) < 0 ? -1 : 0;
}

int mount_follow(int target, bool follow, bool below)
{
    return mount_at(NULL, target, NULL,
                    (follow ? MS_SLAVE : MS_PRIVATE) | (below ? MS_REC : 0),
                    NULL);
}

// Is the directory the root of its mount, or of the process? "up" is its "..".
static bool is_top(int dir, int up)
{
    struct stat here, there;

    return mountinfo_id(up) != mountinfo_id(dir) ||
           (fstat(dir, &here) == 0 && fstat(up, &there) == 0 &&
            here.st_dev == there.st_dev && here.st_ino == there.st_ino);
}

int mount_keep_in(int place)
{
    int dir = openat(place, ".", O_PATH | O_CLOEXEC);
    int up = dir < 0 ? -1 : openat(dir, "..", O_PATH | O_CLOEXEC);
    int status = -1;

    while (up >= 0 && !is_top(dir, up)) {
        close(dir);
        dir = up;
        up = openat(dir, "..", O_PATH | O_CLOEXEC);
    }
    if (up >= 0)
        status = mount_propagate(dir, MS_SLAVE);
    scope_close(&up);
    scope_close(&dir);
    return status;
}

int mount_set_unbindable(int target, bool unbindable)
{
    return mount_at(NULL, target, NULL, unbindable ? MS_UNBINDABLE : MS_PRIVATE,
                    NULL);
}

int mount_squashfs(const char *device, int target)
{
    return mount_at(device, target, "squashfs",
                    MS_RDONLY | MS_NOSUID | MS_NODEV, NULL);
}

int mount_isolate(void)
{
    log_call("mount(-, /, -, MS_REC | MS_SLAVE, -)");
    return mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL);
}

int mount_remove(const char *dir, bool lazily)
{
    log_call("umount2(%s, %s)", dir, lazily ? "MNT_DETACH" : "0");
    return umount2(dir, lazily ? MNT_DETACH : 0);
}

const char *mount_hint(int errnum)
{
    // of mount(2), it has nothing to do with any device
    return errnum == ENOSPC ? " (too many mounts: the limit is in "
                              "/proc/sys/fs/mount-max)"
                            : "";
}
