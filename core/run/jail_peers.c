// jail_peers.c - the ranks of a job step on a node share their image.
//
// As those of ch-run do (share.h): one server, one user namespace and one page
// cache for all, and a mount namespace for each. Whatever they can't agree
// upon, such as other ids, makes them strangers, and each has a server of its
// own.
// SPDX-License-Identifier: MIT
#include <sched.h>
#include <stdlib.h>

#include "core/base/err.h"
#include "core/base/log.h"
#include "core/base/scope.h"
#include "core/base/str.h"
#include "core/run/jail_work.h"
#include "core/run/overlay.h"

// What is unpacked into memory can be written to, and one rank would see what
// another one changes. A SquashFS is read-only, if need be by its mount.
static bool stays_as_it_is(const struct jail_work *work)
{
    return work->plan->root_read_only || overlay_wanted(&work->root) ||
           image_unpacking(work->image).is_squashfs;
}

// A namespace that is joined by its path may not belong to the peers' user
// namespace. A rank that is the only one on its node saves itself a keeper,
// which would also be there still when Slurm looks whether the step has ended.
static bool may_share(const struct jail_work *work)
{
    const struct jail *plan = work->plan;

    if (plan->step == NULL || plan->step_ranks == 1 || work->image == NULL ||
        !image_is_costly(work->image) || !stays_as_it_is(work) ||
        jail_find_namespace(plan, CLONE_NEWUSER) == NULL)
        return false;
    for (size_t i = 0; i < plan->namespace_count; i++)
        if (plan->namespaces[i].path != NULL)
            return false;
    return true;
}

// NULL after failed().
static char *add_map(char *name, const char *kind, const struct id_range *map,
                     size_t count)
{
    char *longer = name == NULL ? NULL : str_printf("%s\n%s", name, kind);

    free(name);
    for (size_t i = 0; i < count && longer != NULL; i++) {
        name = longer;
        longer = str_printf("%s %u:%u+%u", name, map[i].inside, map[i].outside,
                            map[i].count);
        free(name);
    }
    return longer;
}

// Who is of the same step, and of one mind about ids.
static char *name_of(const struct jail *plan)
{
    char *name = str_printf("bundle %s", plan->step);

    name = add_map(name, "users", plan->uid_map, plan->uid_map_count);
    return add_map(name, "groups", plan->gid_map, plan->gid_map_count);
}

int jail_meet_peers(struct jail_work *work)
{
    cleanup_free char *name = NULL;
    cleanup_free char *identity = NULL;
    struct share_group group = { .expected = work->plan->step_ranks,
                                 .image_count = 1 };

    if (!may_share(work))
        return 0;
    name = name_of(work->plan);
    identity = image_identity(work->image);
    if (name == NULL || identity == NULL)
        return -1;
    group.name = name;
    group.images = &identity;
    image_share(work->image, &work->share, 0);
    if (share_meet(&group, &work->share) < 0)
        return -1;
    return share_start(&work->share);
}

int jail_serve_image(struct jail_work *work)
{
    if (work->image == NULL || work->share.role == SHARE_MEMBER)
        return 0;
    if (share_tell_user(&work->share) < 0)
        return -1;
    return image_needs_server(work->image) ? image_serve(work->image) : 0;
}
