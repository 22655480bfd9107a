// idmap.h - who is who between a user namespace and the one above it.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdbool.h>
#include <sys/types.h>

// One user and one group: all that an unprivileged process may map without
// help (user_namespaces(7)).
struct idmap {
    uid_t uid_inside, uid_outside;
    gid_t gid_inside, gid_outside;
};

// The caller of this process as "uid" and "gid" inside. To be asked before the
// namespace is made: in it, the caller is nobody until there are maps.
struct idmap idmap_of_caller(uid_t uid, gid_t gid);

// Write the maps of the calling process, which has just entered a new user
// namespace; setgroups(2) is denied, as the kernel demands. 0, or -1 after
// failed().
int idmap_write(const struct idmap *map);

// Does the calling process's user namespace know one user id only? Files of
// any other owner could not be shown there by their true ids.
bool idmap_is_single(void);

// The caller's user, and group, as the namespace above this one names them, or
// as they are where there is none above; -1 after failed().
int idmap_outer_user(uid_t *uid);
int idmap_outer_group(gid_t *gid);
