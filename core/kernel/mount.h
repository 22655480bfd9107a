// mount.h - mount(2) and its companions; the only place with option names.
//
// Targets are descriptors (O_PATH is enough), so that whoever resolved a path
// within a root is sure that the mount lands there: no path is walked twice.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdbool.h>
#include <stdint.h>

// Bind "source" (a path of the caller's root) with everything mounted below
// it. 0, or -1 with errno and no failed(): callers name the path.
int mount_bind(const char *source, int target);

// The same for one mount, without those below it, or with them.
int mount_bind_only(const char *source, int target, bool below);

// The same of a symbolic link itself. 0, or -1 with errno (Linux before 5.2:
// ENOSYS).
int mount_bind_link(const char *link, int target);

// A bind of the path that is mounted nowhere yet (see mount_copy()).
int mount_clone(const char *source, bool below);

// Show the files of such a mount and, if "below", of those below it, with the
// ids that the user namespace of this descriptor maps theirs to. 0, or -1 with
// errno. It takes privileges over the file system. Linux 5.12.
int mount_map_ids(int mount, int user_namespace, bool below);

// A new file system of any type, by MS_* flags and the type's own options. 0,
// or -1 with errno.
int mount_new(int target, const char *type, const char *source,
              unsigned long flags, const char *data);

// Set and clear MOUNT_ATTR_* (linux/mount.h) of the mount whose root is
// "target" and, if "below", of all below it. 0, or -1 with errno. Without
// mount_setattr(2), before Linux 5.12, below is an error: ENOSYS.
int mount_change(int target, uint64_t set, uint64_t clear, bool below);

// Those of them that are about access times: MOUNT_ATTR__ATIME, NODIRATIME.
#define MOUNT_ACCESS_TIMES 0xf0u

// Who hears of mounts made at "target", by MS_* flags. 0, or -1 with errno.
int mount_propagate(int target, unsigned long flags);

// A new tmpfs whose root has this mode. "size" as in tmpfs(5) ("12%", "1g"),
// or NULL for the kernel's default. 0, or -1 with errno.
int mount_tmpfs(int target, unsigned mode, const char *size);

// What an overlay shows as one: directories (O_PATH), -1 for those it lacks.
struct mount_layers {
    int lower;      // at the bottom
    int middle;     // changes of it, not written to
    int upper;      // where changes go; else it is read-only
    int work;       // overlayfs's own, with "upper" and on its file system
    bool forgotten; // nobody needs the changes later: they are never synced
};

// 0, or -1 with errno. Works in a user namespace (option userxattr, Linux
// 5.11).
int mount_overlay(int target, const struct mount_layers *layers);

// Do changes of an overlay go to the directory "upper" now, in whatever
// namespace? "other" is a directory of another mount, where nothing is mounted
// by this. The kernel logs a line about it.
bool mount_overlay_uses(int upper, int other);

// Move the mount whose root is "source", with all below it. 0, or -1 with
// errno.
int mount_move(int source, const char *target);

// A copy of the mount that "mount" lies in, without those below it: mounted
// nowhere, and gone when its descriptor is closed, unless it was put into
// place. The descriptor may be sent to other processes. It takes the right to
// mount in the namespace of "mount". -1 with errno (Linux before 5.2: ENOSYS).
int mount_copy(int mount);

// Put such a copy upon "target", the working directory for AT_FDCWD. 0, or -1
// with errno.
int mount_put(int copy, int target);

// What a mount does not allow, or'ed.
enum mount_limit {
    MOUNT_NO_WRITING = 1 << 0,
    MOUNT_NO_SETUID = 1 << 1,
    MOUNT_NO_DEVICES = 1 << 2,
    MOUNT_NO_PROGRAMS = 1 << 3,
};

// Set limits, or'ed, of the mount whose root is "target" and, if "below", of
// all that is mounted below it. 0; 1: not of what is below it (before Linux
// 5.12); -1 with errno.
int mount_limit(int target, unsigned limits, bool below);

// The same for MOUNT_NO_WRITING alone. 0, or -1 with errno.
int mount_set_read_only(int target, bool below);

// Let the mount whose root is "target" and, if "below", all that is mounted
// below it, follow what is mounted and unmounted outside, or not. 0, or -1 with
// errno.
int mount_follow(int target, bool follow, bool below);

// Keep what we mount upon the directory "place" from appearing in other
// namespaces: the mount that it lies in only follows from then on. Nothing may
// be mounted above that, as on the pile (root.h). 0, or -1 with errno.
int mount_keep_in(int place);

// Keep the mount whose root is "target", and all below it, out of recursive
// binds of its parents, or let it be part of them again. 0, or -1 with errno.
int mount_set_unbindable(int target, bool unbindable);

// The SquashFS on a block device, read by the kernel itself. 0, or -1 with
// errno.
int mount_squashfs(const char *device, int target);

// Keep the mounts that are made from now on in this process's own mount
// namespace; what is mounted outside goes on appearing here. 0, or -1 with
// errno.
int mount_isolate(void);

// Unmount what is mounted at the path "dir"; lazily, it vanishes at once and
// is let go of when its last user has gone. The mount's files are not touched,
// so it may be that of a server that has died. 0, or -1 with errno.
int mount_remove(const char *dir, bool lazily);

// What is to be added to a message when mounting gave "errnum": a phrase in
// parentheses, "" when nothing is known.
const char *mount_hint(int errnum);
