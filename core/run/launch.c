// launch.c - carry out a plan.
//
// The order of things is this file. What makes it so:
//   - the image server is forked after the user namespace is made and
//     /dev/fuse is opened, but before the mount namespace: so it may serve the
//     mount, yet does not keep it alive (core/fuse/server.h);
//   - the command is executed in the process that the caller started: its pid,
//     terminal, signals and exit status need no care.
// SPDX-License-Identifier: MIT
#include "core/run/launch.h"

#include <errno.h>
#include <sched.h>
#include <stdbool.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/log.h"
#include "core/base/scope.h"
#include "core/kernel/cpus.h"
#include "core/kernel/root.h"
#include "core/run/command.h"
#include "core/run/env.h"
#include "core/run/images.h"
#include "core/run/join.h"
#include "core/run/layer.h"
#include "core/run/libraries.h"
#include "core/run/namespaces.h"
#include "core/run/rootfs.h"
#include "core/run/share.h"
#include "core/run/sources.h"
#include "core/run/tell.h"

// As Charliecloud does: group 0 is a privilege of its own.
static int check_group(void)
{
    if (geteuid() != 0 && getegid() == 0)
        return failed(0, "refusing to run with group id 0 as a user who is "
                         "not root");
    if (geteuid() == 0 && getegid() != 0)
        return failed(0, "refusing to run as root with a non-zero group id");
    return 0;
}

// A container for this process, and for peers that are still to come.
static int make_container(const struct container *plan, struct images *images,
                          const struct sources *sources, struct share *share)
{
    cleanup_layer struct layer layer = LAYER_NONE;
    struct image *image = images->items[0];
    struct parts parts = { image, sources, &layer };
    struct rootfs root;
    cpu_set_t cpus;
    // until the command is executed, it and the server take turns
    bool stays = images_need_server(images) && cpus_stay(&cpus) == 0;

    // what keeps the layer's lock stays out of all namespaces
    if (layer_open(&layer, plan, image_path(image)) < 0 ||
        layer_keep(&layer) < 0 || namespaces_enter(plan, images, share) < 0)
        return -1;
    if (rootfs_build(plan, &parts, &root) < 0)
        return -1;
    log_step("pivoting into container");
    if (root_pivot(root.fd, root.pile, false) < 0)
        return -1;
    close(root.fd);
    close(root.pile);
    if (share_leave_root(share, &sources->users) < 0 ||
        share_tell_images(share) < 0)
        return -1;
    if (stays)
        cpus_restore(&cpus);
    return share_tell_container(share);
}

static int enter_container(const struct container *plan, struct images *images,
                           struct sources *sources)
{
    cleanup_share struct share share = { .role = SHARE_ALONE };
    bool whole = plan->peers.sharing == SHARING_CONTAINER;
    int entered;

    if (plan->peers.pid != 0)
        return join_process(plan->peers.pid);
    // what makes peers of a root, but not of a container, which has its own
    if (!whole && users_make_files(plan, &sources->users) < 0)
        return -1;
    if (namespaces_meet(plan, images, sources, &share) < 0)
        return -1;
    if (share.role == SHARE_MEMBER && share.group.whole)
        return share_enter_container(&share);
    if (whole && users_make_files(plan, &sources->users) < 0)
        return -1;
    entered = share_enter_root(&share);
    if (entered != 0)
        return entered < 0 ? -1 : 0;
    return make_container(plan, images, sources, &share);
}

static int carry_out(const struct container *plan, struct images *images)
{
    cleanup_sources struct sources sources = { 0 };
    cleanup_free char *here = plan->host ? getcwd(NULL, 0) : NULL;

    if (sources_find(plan, &sources, images) < 0)
        return -1;
    if (enter_container(plan, images, &sources) < 0)
        return -1;
    // from here on the caller's files are out of reach
    if (env_apply(plan, sources.users.home) < 0 || libraries_set_path(plan) < 0)
        return -1;
    return command_become(plan, here);
}

// What errno means when files of the image can't be read any more.
static int explain_server(void)
{
    if (err_num() != ENOTCONN && err_num() != ECONNABORTED)
        return -1;
    failed_while("the image server has died");
    return failed_with(EXIT_SERVER);
}

int launch(const struct container *plan)
{
    cleanup_images struct images images = { 0 };

    if (check_group() < 0)
        return -1;
    // the root's image is the first one
    if (images_add(&images, image_open(plan)) < 0)
        return -1;
    tell_plan(plan, images.items[0]);
    carry_out(plan, &images);
    return images_are_costly(&images) ? explain_server() : -1;
}
