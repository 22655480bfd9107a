// aids.c - options of ch-run by which scripts and tests ask about itself.
// SPDX-License-Identifier: MIT
#include "applets/run/args.h"

#include <string.h>

#include "core/base/err.h"
#include "core/base/log.h"
#include "core/run/launch.h"

// What Charliecloud may be built with or without.
static const struct {
    const char *name;
    bool built_in;
} features[] = {
    { "extglob", true },      { "gc", false },     { "json", true },
    { "overlayfs", true },    { "seccomp", true }, { "squash", true },
    { "tmpfs-xattrs", true },
};

static int feature(const char *name)
{
    for (size_t i = 0; i < sizeof features / sizeof *features; i++)
        if (strcmp(name, features[i].name) == 0)
            return features[i].built_in ? 0 : EXIT_FEATURE;
    return failed(0, "unknown feature: %s", name);
}

static int warnings(int count)
{
    for (int i = 1; i <= count; i++)
        log_warn("this is warning %d!", i);
    return 0;
}

// A line of each level.
static int test(const struct args *args)
{
    bool fail = strcmp(args->test, "log-fail") == 0;

    if (!fail && strcmp(args->test, "log") != 0)
        return failed(0,
                      "invalid --test argument: %s (there are log and "
                      "log-fail)",
                      args->test);
    log_call("trace");
    log_why("debug");
    log_step("verbose");
    if (args->quiet == 0)
        log_line(LOG_WARN, "info");
    log_warn("warning");
    if (fail)
        return failed(0, "the program failed inexplicably (\"log-fail\" "
                         "specified)");
    return 0;
}

int args_answer(const struct args *args)
{
    if (args->feature != NULL)
        return feature(args->feature);
    if (args->warnings >= 0)
        return warnings(args->warnings);
    return args->test != NULL ? test(args) : ARGS_NO_QUESTION;
}
