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
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/log.h"
#include "core/base/scope.h"
#include "core/kernel/cpus.h"
#include "core/kernel/idmap.h"
#include "core/kernel/ns.h"
#include "core/kernel/root.h"
#include "core/run/env.h"
#include "core/run/image.h"
#include "core/run/rootfs.h"

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
    // outside ids first: inside they are the overflow ids until mapped
    struct idmap map = { .uid_inside = plan->uid,
                         .uid_outside = geteuid(),
                         .gid_inside = plan->gid,
                         .gid_outside = getegid() };

    if (ns_unshare(CLONE_NEWUSER | more) < 0)
        return -1;
    return idmap_write(&map);
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

// A script without "#!" is the shell's, as execvp(3) has it; musl's hasn't.
static int execute_script(const struct container *plan)
{
    size_t count = 0;
    char **argv;

    while (plan->argv[count] != NULL)
        count++;
    argv = calloc(count + 2, sizeof *argv);
    if (argv == NULL)
        return failed(errno, "can't execute %s", plan->argv[0]);
    argv[0] = (char[]){ "sh" };
    memcpy(argv + 1, plan->argv, count * sizeof *argv);
    execv("/bin/sh", argv);
    free(argv);
    return failed(errno, "can't execve(2): /bin/sh, for the script %s",
                  plan->argv[0]);
}

static int execute(const struct container *plan)
{
    if (plan->directory != NULL && chdir(plan->directory) < 0)
        return failed(errno, "can't cd to %s", plan->directory);
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return failed(errno, "can't set no_new_privs");
    log_step("executing: %s", plan->argv[0]);
    execvp(plan->argv[0], plan->argv);
    if (errno == ENOEXEC && strchr(plan->argv[0], '/') != NULL)
        execute_script(plan);
    else
        failed(errno, "can't execve(2): %s", plan->argv[0]);
    return failed_with(EXIT_EXEC);
}

int launch(const struct container *plan)
{
    cleanup_image struct image *image = NULL;
    cpu_set_t cpus;
    struct rootfs root;

    if (check_group() < 0)
        return -1;
    image = image_open(plan);
    if (image == NULL)
        return -1;
    // until the command is executed, it and the server take turns
    bool stays = image_needs_server(image) && cpus_stay(&cpus) == 0;
    if (enter_namespaces(plan, image) < 0)
        return -1;
    if (rootfs_build(plan, image, &root) < 0 ||
        root_pivot(root.fd, root.pile) < 0)
        return -1;
    close(root.fd);
    close(root.pile);
    // from here on the caller's files are out of reach
    if (env_apply(plan) < 0)
        return -1;
    if (stays)
        cpus_restore(&cpus);
    return execute(plan);
}
