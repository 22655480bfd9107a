// ids.c - options of ch-run: who one is in the container.
// SPDX-License-Identifier: MIT
#include "applets/run/args.h"

#include <limits.h>
#include <stdint.h>

#include "core/base/err.h"
#include "core/base/str.h"

static int set_id(const char *option, const char *value, unsigned *id)
{
    uint64_t n;

    if (value[0] == '-')
        return failed(0, "%s: must be non-negative", option);
    if (str_to_u64(value, &n) < 0)
        return failed(0, "%s: not a number: %s", option, value);
    if (n > INT_MAX)
        return failed(0, "%s: out of range: %s", option, value);
    *id = (unsigned)n;
    return 0;
}

int args_uid(void *p, const char *value)
{
    return set_id("--uid", value, &((struct args *)p)->plan.uid);
}

int args_userns_range(void *p, const char *value)
{
    struct args *args = p;

    (void)value; // takes none
    args->plan.id_ranges = true;
    // the image's own ids are there, and so are its names for them
    args->plan.image_users = true;
    return 0;
}

int args_gid(void *p, const char *value)
{
    return set_id("--gid", value, &((struct args *)p)->plan.gid);
}
