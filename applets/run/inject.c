// inject.c - options of ch-run: hardware support of the host.
//
// Files are read when all options are known, as --cdi-dirs may follow --cdi;
// but variables are set in the order of the options.
// SPDX-License-Identifier: MIT
#include <stdlib.h>
#include <string.h>

#include "applets/run/args.h"
#include "core/base/err.h"
#include "core/run/cdi.h"
#include "core/run/inject.h"

static int add_request(struct args *args, bool cdi, const char *value)
{
    struct inject_request *more =
        args_grown(args->requests, args->request_count, sizeof *more);

    if (more == NULL)
        return -1;
    args->requests = more;
    more[args->request_count++] =
        (struct inject_request){ cdi, value, args->plan.env_change_count };
    return 0;
}

int args_cdi(void *p, const char *value)
{
    struct args *args = p;

    if (value != NULL && value[0] == '\0')
        return failed(0, "--cdi: KIND must have non-zero length");
    args->cdi = true;
    return add_request(args, true, value);
}

int args_cdi_directories(void *p, const char *value)
{
    if (value[0] == '\0')
        return failed(0, "--cdi-dirs: PATHS must be non-empty");
    ((struct args *)p)->cdi_directories = value;
    return 0;
}

int args_inject(void *p, const char *value)
{
    return add_request(p, false, value);
}

// The variables from "first" on, as changes at "place".
static int add_changes(struct args *args, size_t first, size_t place,
                       bool expand)
{
    const struct strlist *variables = &args->injection.variables;
    size_t count = args->plan.env_change_count;

    for (size_t i = first; i < variables->count; i++, place++, count++) {
        struct env_change *more =
            args_grown(args->changes, count, sizeof *more);

        if (more == NULL)
            return -1;
        args->plan.env_changes = args->changes = more;
        memmove(more + place + 1, more + place, (count - place) * sizeof *more);
        more[place] = (struct env_change){ .action = ENV_SET,
                                           .text = variables->items[i],
                                           .expand = expand };
        args->plan.env_change_count = count + 1;
    }
    return 0;
}

static int add_binds(struct args *args)
{
    const struct injection *injection = &args->injection;

    for (size_t i = 0; i < injection->bind_count; i++) {
        struct bind *more =
            args_grown(args->binds, args->plan.bind_count, sizeof *more);

        if (more == NULL)
            return -1;
        args->plan.binds = args->binds = more;
        more[args->plan.bind_count++] = injection->binds[i];
    }
    return 0;
}

// PATHS, the environment's, or those of the specification; an empty one is
// none.
static const char *directories(const struct args *args)
{
    const char *given = getenv("CH_RUN_CDI_DIRS");

    if (args->cdi_directories != NULL)
        return args->cdi_directories;
    return given != NULL && given[0] != '\0' ? given : CDI_DIRECTORIES;
}

int args_read_injections(struct args *args)
{
    struct injection *injection = &args->injection;

    for (size_t i = 0; i < args->request_count; i++) {
        const struct inject_request *request = &args->requests[i];
        size_t before = injection->variables.count;
        int status = request->cdi ? cdi_load(injection, request->value,
                                             directories(args))
                                  : inject_load(injection, request->value);

        // those of earlier requests have moved the place
        if (status < 0 || add_changes(args, before, request->place + before,
                                      !request->cdi) < 0)
            return -1;
    }
    args->plan.library_folders = injection->folders.items;
    args->plan.library_folder_count = injection->folders.count;
    args->plan.links = injection->links.items;
    args->plan.link_count = injection->links.count;
    return add_binds(args);
}
