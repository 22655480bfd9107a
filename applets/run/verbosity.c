// verbosity.c - options of ch-run: what is printed.
// SPDX-License-Identifier: MIT
#include "applets/run/args.h"

#include <string.h>

#include "core/base/err.h"
#include "core/base/log.h"

#define VERBOSITY_MAX 3 // how often -v and -q count

static const struct {
    const char *name;
    enum log_color color;
} colors[] = {
    { "auto", LOG_COLOR_AUTO },     { "tty", LOG_COLOR_AUTO },
    { "if-tty", LOG_COLOR_AUTO },   { "yes", LOG_COLOR_ALWAYS },
    { "always", LOG_COLOR_ALWAYS }, { "force", LOG_COLOR_ALWAYS },
    { "no", LOG_COLOR_NEVER },      { "never", LOG_COLOR_NEVER },
    { "none", LOG_COLOR_NEVER },
};

int args_verbose(void *p, const char *value)
{
    struct args *args = p;

    (void)value; // takes none
    if (args->quiet > 0)
        return failed(0, "--verbose incompatible with --quiet");
    if (++args->verbosity > VERBOSITY_MAX)
        return failed(0, "--verbose can be specified at most thrice");
    log_level_set(LOG_WARN + args->verbosity);
    return 0;
}

// Once: no output of the command; twice: no warnings; thrice: no messages of
// the command's.
int args_quiet(void *p, const char *value)
{
    struct args *args = p;

    (void)value; // takes none
    if (args->verbosity > 0)
        return failed(0, "--quiet incompatible with --verbose");
    if (++args->quiet > VERBOSITY_MAX)
        return failed(0, "--quiet can be specified at most thrice");
    args->plan.no_stdout = true;
    if (args->quiet >= 2)
        log_level_set(LOG_ERROR);
    args->plan.no_stderr = args->quiet >= 3;
    return 0;
}

int args_color(void *p, const char *value)
{
    (void)p; // it is about the log, which is global
    for (size_t i = 0; i < sizeof colors / sizeof *colors; i++)
        if (value == NULL || strcmp(value, colors[i].name) == 0) {
            log_color_set(value == NULL ? LOG_COLOR_ALWAYS : colors[i].color);
            return 0;
        }
    return failed(0, "--color: invalid arg: %s (known: auto, yes, no)", value);
}
