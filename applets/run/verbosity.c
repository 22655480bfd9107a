// verbosity.c - options of ch-run: what is printed.
// SPDX-License-Identifier: MIT
#include "applets/run/args.h"

#include "core/base/err.h"
#include "core/base/log.h"

#define VERBOSITY_MAX 3 // how often -v counts

int args_verbose(void *p, const char *value)
{
    struct args *args = p;

    (void)value; // takes none
    if (args->quiet)
        return failed(0, "--verbose incompatible with --quiet");
    if (++args->verbosity > VERBOSITY_MAX)
        return failed(0, "--verbose can be specified at most thrice");
    log_level_set(LOG_WARN + args->verbosity);
    return 0;
}

int args_quiet(void *p, const char *value)
{
    struct args *args = p;

    (void)value; // takes none
    if (args->verbosity > 0)
        return failed(0, "--quiet incompatible with --verbose");
    args->quiet = true;
    log_level_set(LOG_ERROR);
    return 0;
}
