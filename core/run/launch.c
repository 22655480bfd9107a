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
#include "core/kernel/ns.h"
#include "core/kernel/root.h"
#include "core/run/command.h"
#include "core/run/env.h"
#include "core/run/image.h"
#include "core/run/rootfs.h"
#include "core/run/sources.h"
#include "core/run/user_namespace.h"

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

static int enter_user_namespace(const struct container *plan, int more)
{
    if (plan->id_ranges)
        return user_namespace_enter_ranges(plan->uid, plan->gid, more);
    return user_namespace_enter(plan->uid, plan->gid, more);
}

// Namespaces, and the image's server where it needs one.
static int enter_namespaces(const struct container *plan, struct image *image)
{
    log_step("new user and mount namespace: uid %u, gid %u", plan->uid,
             plan->gid);
    if (!image_needs_server(image))
        return enter_user_namespace(plan, CLONE_NEWNS);
    if (enter_user_namespace(plan, 0) < 0 || image_serve(image) < 0)
        return -1;
    return ns_unshare(CLONE_NEWNS);
}

static int carry_out(const struct container *plan, struct image *image)
{
    cleanup_sources struct sources sources = { 0 };
    cleanup_free char *here = plan->host ? getcwd(NULL, 0) : NULL;
    cpu_set_t cpus;
    struct rootfs root;

    if (sources_find(plan, &sources) < 0)
        return -1;
    // until the command is executed, it and the server take turns
    bool stays = image_needs_server(image) && cpus_stay(&cpus) == 0;
    if (enter_namespaces(plan, image) < 0)
        return -1;
    if (rootfs_build(plan, image, &sources, &root) < 0 ||
        root_pivot(root.fd, root.pile) < 0)
        return -1;
    close(root.fd);
    close(root.pile);
    // from here on the caller's files are out of reach
    if (env_apply(plan, sources.users.home) < 0)
        return -1;
    if (stays)
        cpus_restore(&cpus);
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
    cleanup_image struct image *image = NULL;

    if (check_group() < 0)
        return -1;
    image = image_open(plan);
    if (image == NULL)
        return -1;
    carry_out(plan, image);
    return image_needs_server(image) ? explain_server() : -1;
}
