// changes.c - options of ch-run: where the changes of the image go.
// SPDX-License-Identifier: MIT
#include "applets/run/args.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"
#include "core/base/str.h"
#include "core/run/overlay_size.h"

int args_write_fake(void *p, const char *value)
{
    struct args *args = p;

    args->plan.overlay_size = value != NULL ? value : OVERLAY_DEFAULT;
    return overlay_size_check("--write-fake", args->plan.overlay_size);
}

// DIR, DIR:ro or DIR:rw.
int args_overlay(void *p, const char *value)
{
    struct args *args = p;
    bool read_only = str_ends(value, ":ro");
    size_t suffix = read_only || str_ends(value, ":rw") ? strlen(":ro") : 0;
    char *dir;

    if (args->plan.layer != NULL)
        return failed(0, "--overlay can be given only once");
    dir = str_ndup(value, strlen(value) - suffix);
    if (dir == NULL)
        return -1;
    args->plan.layer = dir;
    args->plan.layer_read_only = read_only;
    return dir[0] != '\0' ? 0 : failed(0, "--overlay: no directory provided");
}

int args_settle_changes(struct args *args)
{
    struct container *plan = &args->plan;
    bool kept = plan->layer != NULL && !plan->layer_read_only;
    bool implied = plan->home == HOME_HOST || args->cdi;

    if (kept && plan->overlay_size != NULL)
        return failed(0, "--overlay and --write-fake exclude each other, "
                         "unless the overlay is read-only: DIR:ro");
    if (plan->write && plan->layer != NULL)
        return failed(0, "--overlay and --write exclude each other");
    if (plan->write && (plan->overlay_size != NULL || implied))
        return failed(0, "--write and --write-fake%s exclude each other",
                      plan->overlay_size        ? ""
                      : plan->home == HOME_HOST ? " (implied by --home)"
                                                : " (implied by --cdi)");
    // what these need are places to bind at: for --home, /home/$USER
    if (implied && plan->overlay_size == NULL && !kept)
        plan->overlay_size = OVERLAY_DEFAULT;
    return 0;
}
