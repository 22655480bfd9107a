// make.c - ch-convert IN OUT: an image is made. Lines as Charliecloud's.
// SPDX-License-Identifier: MIT
#include <inttypes.h>
#include <stdio.h>

#include "applets/convert/args.h"
#include "core/base/err.h"
#include "core/base/log.h"
#include "core/base/str.h"

static void print_head(const struct conversion *plan)
{
    log_line(LOG_WARN, "input:   %-8s  %s", plan->in.format->names[0],
             plan->in.path);
    log_line(LOG_WARN, "output:  %-8s  %s", plan->out.format->names[0],
             plan->out.path);
}

static void print_result(const struct conversion_result *result)
{
    char written[64] = "", percent[32] = "";
    char bytes[STR_SIZE_TEXT], size[STR_SIZE_TEXT];

    if (result->copied.devices > 0)
        log_warn("device files left out: %" PRIu64 "; --devices keeps them",
                 result->copied.devices);
    // the lists of some files are larger than these
    if (result->bytes >= result->written && result->bytes > 0)
        snprintf(percent, sizeof percent, " (%.0f %%)",
                 (double)result->written / (double)result->bytes * 100);
    if (result->written > 0)
        snprintf(written, sizeof written, ", written as %s%s",
                 str_of_size(size, result->written), percent);
    log_line(LOG_WARN, "done: %" PRIu64 " files, %s%s, in %.1f s",
             result->copied.entries, str_of_size(bytes, result->bytes), written,
             result->seconds);
}

static void print_additions(const struct additions *list)
{
    for (size_t i = 0; i < list->count; i++) {
        const struct addition *added = &list->items[i];

        if (added->source != NULL)
            printf("added: /%s, from %s\n", added->path,
                   added->program ? "this program" : added->source);
        else
            printf("added: /%s, a link to %s\n", added->path, added->target);
    }
}

static void print_plan(const struct conversion *plan, bool replaces)
{
    static const char *const owners[] = {
        [OWNER_KEEP] = "kept", [OWNER_MINE] = "mine", [OWNER_ROOT] = "root"
    };

    print_head(plan);
    printf("%s %s, %s\n", plan->out.format->names[0], plan->out.path,
           !replaces            ? "which would be made"
           : convert_adds(plan) ? "which is there and would get an image more"
                                : "which is there and would be replaced");
    printf("owner: %s\n", owners[conversion_owner(plan)]);
    printf("extended attributes: %s\n", plan->xattrs ? "kept" : "discarded");
    printf("device files: %s\n", plan->devices ? "kept" : "left out");
    if (plan->codec != NULL)
        printf("compression: %s\n", plan->codec);
    print_additions(&plan->add);
    for (size_t i = 0; i < plan->exclude.count; i++)
        printf("left out: %s\n", plan->exclude.items[i]);
}

static int dry_run(const struct conversion *plan)
{
    bool replaces;

    if (convert_check(plan, &replaces) < 0)
        return -1;
    print_plan(plan, replaces);
    return 0;
}

int convert_make(const struct args *args)
{
    struct conversion_result result;

    if (args->dry_run)
        return dry_run(&args->plan);
    print_head(&args->plan);
    if (convert(&args->plan, &result) < 0)
        return -1;
    print_result(&result);
    return 0;
}
