// user_namespace.c - the user namespace of a container.
// SPDX-License-Identifier: MIT
#include "core/run/user_namespace.h"

#include <sched.h>
#include <stddef.h>

#include "core/kernel/idmap.h"
#include "core/kernel/ns.h"
#include "core/run/mapper.h"

int user_namespace_enter(uid_t uid, gid_t gid, int more)
{
    struct idmap map = idmap_of_caller(uid, gid);

    if (ns_unshare(CLONE_NEWUSER | more) < 0)
        return -1;
    return idmap_write(&map);
}

int user_namespace_enter_ranges(uid_t uid, gid_t gid, int more)
{
    cleanup_mapper struct mapper *mapper = mapper_start(uid, gid);

    if (mapper == NULL || ns_unshare(CLONE_NEWUSER | more) < 0)
        return -1;
    return mapper_map(mapper);
}
