// binds.c - options of ch-run: what of the host is seen in the container.
// SPDX-License-Identifier: MIT
#include "applets/run/args.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"
#include "core/base/str.h"

int args_bind(void *p, const char *value)
{
    struct args *args = p;
    const char *colon = strchr(value, ':');
    struct bind *more =
        args_grown(args->binds, args->plan.bind_count, sizeof *args->binds);
    char *source, *target;

    if (more == NULL)
        return -1;
    args->plan.binds = args->binds = more;
    source = colon ? str_ndup(value, (size_t)(colon - value)) : str_dup(value);
    target = str_dup(colon ? colon + 1 : value);
    if (source == NULL || target == NULL)
        return -1;
    more += args->plan.bind_count++;
    *more = (struct bind){ .source = source, .need = BIND_REQUIRED };
    if (args_bind_options(more, target) < 0)
        return -1;
    if (source[0] == '\0')
        return failed(0, "--bind: no source provided");
    if (more->target[0] == '\0')
        return failed(0, "--bind: no destination provided");
    if (strcmp(more->target, "/") == 0)
        return failed(0, "--bind: destination can't be /");
    if (more->target[0] != '/')
        return failed(0, "--bind: destination must be absolute");
    return 0;
}

int args_home(void *p, const char *value)
{
    struct args *args = p;
    const char *home = getenv("HOME");

    (void)value; // takes none
    if (home == NULL || home[0] == '\0')
        return failed(0, "--home: $HOME %s", home ? "is empty" : "not set");
    args->plan.home = HOME_HOST;
    return 0;
}
