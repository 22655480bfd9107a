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
#include <sys/prctl.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/log.h"
#include "core/base/scope.h"
#include "core/kernel/cpus.h"
#include "core/kernel/ns.h"
#include "core/kernel/root.h"
#include "core/kernel/seccomp.h"
#include "core/run/env.h"
#include "core/run/execute.h"
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

// What is left to do in the container.
static int become_command(const struct container *plan)
{
    if (plan->directory != NULL && chdir(plan->directory) < 0)
        return failed(errno, "can't cd to %s", plan->directory);
    if (env_tell_directory() < 0)
        return -1;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return failed(errno, "can't set no_new_privs");
    // the last thing, as it would lie to ourselves
    if (plan->root_emulation && seccomp_emulate_root() < 0)
        return -1;
    return execute(plan->argv);
}

int launch(const struct container *plan)
{
    cleanup_image struct image *image = NULL;
    cleanup_sources struct sources sources = { 0 };
    cpu_set_t cpus;
    struct rootfs root;

    if (check_group() < 0)
        return -1;
    image = image_open(plan);
    if (image == NULL || sources_find(plan, &sources) < 0)
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
    return become_command(plan);
}
