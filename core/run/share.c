// share.c - peers on a node share what their containers are made of.
// SPDX-License-Identifier: MIT
#include "core/run/share.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/errno_text.h"
#include "core/base/log.h"
#include "core/base/proc.h"
#include "core/base/scope.h"
#include "core/base/str.h"
#include "core/kernel/mount.h"
#include "core/kernel/ns.h"
#include "core/run/keeper.h"
#include "core/run/meet.h"
#include "core/run/news.h"

#define KEY_MAX (64 << 10) // bytes; a message has room for more

// All that peers must agree upon, as text.
static char *make_key(const struct share_group *group)
{
    char *key;
    dev_t device;
    ino_t inode;

    // the user namespace that the caller is in: from another one, that of the
    // peers can't be entered
    if (ns_identity("user", &device, &inode) < 0)
        return NULL;
    key =
        str_printf("ch %d %s\n%u:%u %u:%u%s\n%lx:%lx\n%s", MEET_PROTOCOL,
                   group->whole ? "container" : "images", geteuid(), getegid(),
                   group->uid, group->gid, group->id_ranges ? " and more" : "",
                   (unsigned long)device, (unsigned long)inode, group->name);
    for (size_t i = 0; i < group->image_count && key != NULL; i++) {
        char *longer = str_printf("%s\n%s", key, group->images[i]);

        free(key);
        key = longer;
    }
    return key;
}

// Of the name, the tag is what the user knows (namespaces.c).
static int refuse(const struct share_group *group)
{
    const char *end = strchr(group->name, '\n');
    const char *tag = end != NULL ? end + 1 : group->name;

    if (err_text()[0] == '\0')
        return failed(0, "join: can't meet the peers of tag %s (see -v -v)",
                      tag);
    return failed_while("join: can't meet the peers of tag %s", tag);
}

// What hinders it concerns nobody but those who want one container.
static int go_alone(struct share *share)
{
    share->role = SHARE_ALONE;
    if (share->group.whole)
        return refuse(&share->group);
    err_clear();
    log_why("sharing: going alone");
    return 0;
}

int share_meet(const struct share_group *group, struct share *share)
{
    *share = (struct share){
        .group = *group, .listener = -1, .keeper = -1, .user = -1, .mounts = -1
    };
    if (group->image_count > SHARE_IMAGES)
        return go_alone(share);
    for (size_t i = 0; i < group->image_count; i++)
        share->images[i] = -1;
    share->key = make_key(group);
    if (share->key == NULL)
        return -1;
    if (strlen(share->key) > KEY_MAX)
        return go_alone(share);
    // a root that takes so much telling is not shared
    if (group->shape != NULL && strlen(group->shape) < SPARES_MAX)
        share->shape = str_dup(group->shape);
    if (!meet(share))
        return go_alone(share);
    if (group->whole)
        log_step("join: I %s", share->role == SHARE_FIRST ? "won" : "lost");
    return 0;
}

static void close_one(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

void share_close(struct share *share)
{
    if (share->key == NULL)
        return;
    close_one(&share->listener);
    close_one(&share->keeper);
    close_one(&share->user);
    close_one(&share->mounts);
    for (size_t i = 0; i < share->group.image_count; i++)
        close_one(&share->images[i]);
    free(share->key);
    free(share->shape);
    share->key = NULL;
}

// As Charliecloud's users look for it. What "IPC resources" were for, the
// counting of peers, is over; there is nothing that could stay.
static void tell_progress(const struct share *share)
{
    long left = (long)share->group.expected - (long)share->came;

    if (share->group.expected > 0)
        log_step("join: %ld peers left excluding myself", left < 0 ? 0 : left);
    if (share->group.expected > 0 && left <= 0)
        log_step("join: cleaning up IPC resources");
    log_step("join: done");
}

// The first can't give what it has: those who wait see it at once.
static int give_up(struct share *share, const char *what)
{
    if (share->group.whole)
        log_warn("join: can't %s: %s; peers will have another container", what,
                 errno_text(errno));
    else
        log_why("sharing: can't %s: %s", what, errno_text(errno));
    close_one(&share->keeper);
    share->role = SHARE_ALONE;
    return 0;
}

int share_start(struct share *share)
{
    const struct share_group *group = &share->group;
    struct keeper_task task = { .listener = share->listener,
                                .key = share->key,
                                .expected = group->expected,
                                .images = group->image_count,
                                .whole = group->whole };

    if (share->role != SHARE_FIRST)
        return 0;
    share->keeper = keeper_start(&task);
    // the keeper's alone: the name is free when it has ended
    close_one(&share->listener);
    if (share->keeper >= 0)
        return 0;
    if (group->whole)
        return -1;
    log_why("sharing: %s", err_text());
    err_clear();
    share->role = SHARE_ALONE;
    return 0;
}

int share_tell_user(struct share *share)
{
    if (share->role != SHARE_FIRST)
        return 0;
    cleanup_close int user = ns_open("user");
    if (user < 0)
        return -1;
    if (news_tell_user(share->keeper, user) < 0)
        return give_up(share, "tell of the user namespace");
    return 0;
}

int share_note_mounts(struct share *share)
{
    if (share->role != SHARE_FIRST ||
        (!share->group.whole && share->shape == NULL))
        return 0;
    share->mounts = ns_open("mnt");
    return share->mounts < 0 ? -1 : 0;
}

int share_leave_root(struct share *share, const struct users *users)
{
    struct spares_plan plan = { share->shape, users->passwd, users->group };

    if (share->role != SHARE_FIRST || share->group.whole || share->mounts < 0)
        return 0;
    // for lack of copies nobody's container fails
    if (ns_unshare(CLONE_NEWNS) < 0) {
        log_why("sharing: no root to copy: %s", err_text());
        err_clear();
        return 0;
    }
    if (news_tell_root(share->keeper, &plan, share->mounts) < 0)
        return give_up(share, "tell of the root");
    return 0;
}

int share_tell_images(struct share *share)
{
    if (share->role != SHARE_FIRST || share->group.whole)
        return 0;
    if (news_tell_end(share->keeper) < 0)
        return give_up(share, "tell of the images");
    return 0;
}

int share_tell_container(struct share *share)
{
    if (share->role != SHARE_FIRST || !share->group.whole)
        return 0;
    log_step("join: winner initializing shared data");
    if (news_tell_mounts(share->keeper, share->mounts) < 0)
        return give_up(share, "tell of the container");
    tell_progress(share);
    return 0;
}

void share_enter_user(struct share *share)
{
    if (share->role != SHARE_MEMBER)
        return;
    log_step("joining user namespace of pid %d", (int)share->first);
    if (ns_enter(share->user) == 0)
        return;
    log_why("sharing: can't join the user namespace: %s", errno_text(errno));
    share->role = SHARE_ALONE;
}

int share_enter_container(struct share *share)
{
    log_step("joining namespaces of pid %d", (int)share->first);
    if (ns_enter(share->user) < 0)
        return failed(errno, "can't join user namespace of pid %d",
                      (int)share->first);
    if (ns_enter(share->mounts) < 0)
        return failed(errno, "can't join mnt namespace of pid %d",
                      (int)share->first);
    tell_progress(share);
    return 0;
}

int share_enter_root(struct share *share)
{
    if (share->role != SHARE_MEMBER || share->mounts < 0)
        return 0;
    share_enter_user(share);
    if (share->role != SHARE_MEMBER)
        return 0;
    log_step("entering a copy of the root that pid %d made", (int)share->first);
    if (ns_enter(share->mounts) < 0)
        return failed(errno, "can't enter the copy of the peers' root");
    return 1;
}

bool share_has(const struct share_part *part)
{
    return part->share != NULL && part->share->role == SHARE_MEMBER &&
           !part->share->group.whole;
}

int share_put(const struct share_part *part, int target)
{
    if (mount_put(part->share->images[part->index], target) < 0)
        return failed(errno, "can't put the peers' image into place");
    return 0;
}

int share_offer(const struct share_part *part, int mount, pid_t server)
{
    struct share *share = part->share;

    if (share == NULL || share->role != SHARE_FIRST)
        return 0;
    bool whole = share->group.whole;
    cleanup_close int copy = whole ? -1 : mount_copy(mount);
    if (copy < 0 && !whole)
        return give_up(share, "copy the image's mount");
    cleanup_close int process = server > 0 ? proc_open(server) : -1;
    if (whole && process < 0)
        return 0;
    if (news_tell_image(share->keeper, part->index, copy, process) < 0)
        return give_up(share, "tell of the image");
    return 0;
}
