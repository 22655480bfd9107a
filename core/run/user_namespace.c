// user_namespace.c - the user namespace of a container.
// SPDX-License-Identifier: MIT
#include "core/run/user_namespace.h"

#include <sched.h>

#include "core/kernel/idmap.h"
#include "core/kernel/ns.h"

int user_namespace_enter(uid_t uid, gid_t gid, int more)
{
    struct idmap map = idmap_of_caller(uid, gid);

    if (ns_unshare(CLONE_NEWUSER | more) < 0)
        return -1;
    return idmap_write(&map);
}
