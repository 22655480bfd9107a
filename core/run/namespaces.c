// namespaces.c - the namespaces of a command, its own or its peers'.
// SPDX-License-Identifier: MIT
#include "core/run/namespaces.h"

#include <sched.h>

#include "core/base/err.h"
#include "core/base/scope.h"
#include "core/base/str.h"
#include "core/kernel/ns.h"
#include "core/run/shape.h"
#include "core/run/step.h"
#include "core/run/tell.h"
#include "core/run/user_namespace.h"

static int enter_user_namespace(const struct container *plan, int more)
{
    if (plan->id_ranges)
        return user_namespace_enter_ranges(plan->uid, plan->gid, more);
    return user_namespace_enter(plan->uid, plan->gid, more);
}

// What makes this process a peer of others, if anything does.
static char *name_group(const struct container *plan,
                        const struct images *images, struct share_group *group)
{
    const struct peers *peers = &plan->peers;
    char *name = NULL;

    group->whole = peers->sharing == SHARING_CONTAINER;
    group->expected = (unsigned)peers->count;
    if (group->whole)
        name = str_printf("%s\n%s", step_job(), peers->tag);
    else if (peers->sharing == SHARING_IMAGE && images_are_costly(images))
        name = step_find(&group->expected);
    group->name = name;
    return name;
}

int namespaces_meet(const struct container *plan, const struct images *images,
                    const struct sources *sources, struct share *share)
{
    struct share_group group = { .uid = plan->uid,
                                 .gid = plan->gid,
                                 .id_ranges = plan->id_ranges };
    cleanup_free char *name = name_group(plan, images, &group);
    cleanup_strlist struct strlist identities = { 0 };
    cleanup_free char *shape = NULL;

    if (name == NULL) {
        err_clear(); // without memory one is no rank of a step
        return 0;
    }
    if (images_share(images, group.whole, share, &identities) < 0)
        return -1;
    if (!group.whole && sources != NULL)
        shape = shape_of(plan, images, sources);
    group.shape = shape;
    group.images = identities.items;
    group.image_count = identities.count;
    if (share_meet(&group, share) < 0)
        return -1;
    return share_start(share);
}

int namespaces_enter(const struct container *plan, const struct images *images,
                     struct share *share)
{
    share_enter_user(share);
    if (share->role == SHARE_MEMBER)
        return ns_unshare(CLONE_NEWNS);
    tell_namespaces(plan, images->count > 0 ? images->items[0] : NULL);
    if (share->role == SHARE_ALONE && !images_need_server(images))
        return enter_user_namespace(plan, CLONE_NEWNS);
    if (enter_user_namespace(plan, 0) < 0 || share_tell_user(share) < 0)
        return -1;
    if (images_serve(images) < 0 || ns_unshare(CLONE_NEWNS) < 0)
        return -1;
    return share_note_mounts(share);
}
