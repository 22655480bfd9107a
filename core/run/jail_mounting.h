// jail_mounting.h - one mount of a container in the making; jail_mount*.c only.
// SPDX-License-Identifier: MIT
#pragma once

#include "core/kernel/mount_words.h"
#include "core/run/jail_work.h"

struct jail_mounting {
    struct jail_work *work;
    const struct jail_mount *mount;
    struct mount_words words;
    char *source; // of a bind: absolute
    const char *type;
    bool was_there; // its destination
};

// jail_mount_place.c: a descriptor of the destination, made if it is missing,
// and of the root of what was just mounted there. -1 after failed().
int jail_open_target(struct jail_mounting *j);
int jail_open_mounted(const struct jail_mounting *j);

// jail_mount_bind.c: bind "source" at the target, -1 with errno; or the mount's
// own source; then, of whatever is mounted, set what its words ask for. 0, or
// -1 after failed().
int jail_bind(const struct jail_mounting *j, const char *source, int target,
              bool below);
int jail_mount_bind(const struct jail_mounting *j, int target);
int jail_apply_words(const struct jail_mounting *j);
bool jail_is_link(const char *path);

// The source as it was opened before all others, -1: it was not.
int jail_mapped_source(const struct jail_mounting *j);

// jail_mount_tmpfs.c: a tmpfs in place of a directory that is there.
int jail_mount_tmpfs(const struct jail_mounting *j, int target);

// jail_mount_type.c: the options of a new file system of this type, with its
// label; "without" as below. The caller frees; NULL after failed().
char *jail_mount_data(const struct jail_mounting *j, const char *type,
                      const char *without);

// A new file system, and, after failed() of that, what comes
// nearest. "without": data that begin so are left out; or NULL. 0, or -1 after
// failed().
int jail_mount_type(const struct jail_mounting *j, int target,
                    const char *without);
int jail_mount_instead(const struct jail_mounting *j, int target);
int jail_mount_cgroup(struct jail_mounting *j, int target);
