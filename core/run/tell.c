// tell.c - what is going to be done, as -v tells it.
//
// Before the first step, a setting in a line, in the words of Charliecloud's
// ch-run -v: those who ask for help are asked for them.
// SPDX-License-Identifier: MIT
#include "core/run/tell.h"

#include <stdlib.h>

#include "core/base/log.h"

// Where a directory's files are; of a file's there is no place that others see.
static void tell_root(const struct container *plan, const struct image *image)
{
    if (!image_is_costly(image)) {
        log_step("newroot: %s", image_path(image));
        return;
    }
    log_step("newroot: %s",
             plan->mount_point != NULL ? plan->mount_point : "(null)");
    if (plan->mount_point == NULL)
        log_step("using default mount point: none, as none is needed");
}

void tell_plan(const struct container *plan, const struct image *image)
{
    const char *tmp = getenv("TMPDIR");

    if (!log_enabled(LOG_STEP))
        return;
    log_step("image: %s", plan->image);
    tell_root(plan, image);
    log_step("container uid: %u", plan->uid);
    log_step("container gid: %u", plan->gid);
    log_step("host $TMPDIR: %s", tmp != NULL ? tmp : "/tmp");
    log_step("private /tmp: %d", plan->private_tmp);
    log_step("seccomp: %s", plan->root_emulation ? "yes" : "no");
    if (plan->overlay_size != NULL)
        log_step("overlaying tmpfs for --write-fake (%s)", plan->overlay_size);
}
