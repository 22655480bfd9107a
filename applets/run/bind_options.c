// bind_options.c - options of ch-run: what stands behind the second colon of
// --bind.
//
// Users of other programs type them as there, in a list with commas. A file
// name may have colons, too, and did before there were options: the text behind
// the last colon is a list unless it has a slash, which no option has.
// SPDX-License-Identifier: MIT
#include "applets/run/args.h"

#include <string.h>

#include "core/base/err.h"
#include "core/base/scope.h"
#include "core/base/str.h"

// Options of one group exclude each other.
enum group { WRITING, FOLLOWING, OTHER };

static const struct {
    const char *name;
    enum group group;
    unsigned options;
} known[] = {
    { "ro", WRITING, BIND_READ_ONLY },
    { "rw", WRITING, BIND_READ_WRITE },
    { "nosuid", OTHER, BIND_NO_SETUID },
    { "nodev", OTHER, BIND_NO_DEVICES },
    { "noexec", OTHER, BIND_NO_PROGRAMS },
    { "slave", FOLLOWING, BIND_SLAVE },
    { "rslave", FOLLOWING, BIND_SLAVE | BIND_WITH_BELOW },
    { "private", FOLLOWING, BIND_PRIVATE },
    { "rprivate", FOLLOWING, BIND_PRIVATE | BIND_WITH_BELOW },
    // what is done anyway, and SELinux labels, which need no change here
    { "rbind", OTHER, 0 },
    { "z", OTHER, 0 },
    { "Z", OTHER, 0 },
};

#define KNOWN_COUNT (sizeof known / sizeof known[0])

static int unknown(const char *name)
{
    cleanup_free char *names = str_dup("");

    for (size_t i = 0; i < KNOWN_COUNT && names != NULL; i++) {
        char *longer =
            str_printf("%s%s%s", names, i > 0 ? " " : "", known[i].name);

        free(names);
        names = longer;
    }
    if (names == NULL)
        return -1;
    if (strcmp(name, "shared") == 0 || strcmp(name, "rshared") == 0)
        return failed(0,
                      "--bind: %s is not possible: what is mounted in a "
                      "container is not seen on the host",
                      name);
    return failed(0,
                  "--bind: unknown option: %s (known: %s; if it belongs to the "
                  "name of the file, add :rw)",
                  name, names);
}

static int add(struct bind *bind, const char *name, const char *chosen[])
{
    for (size_t i = 0; i < KNOWN_COUNT; i++) {
        const char **other = &chosen[known[i].group];

        if (strcmp(name, known[i].name) != 0)
            continue;
        if (known[i].group != OTHER && *other != NULL &&
            strcmp(*other, known[i].name) != 0)
            return failed(0, "--bind: %s and %s exclude each other", *other,
                          known[i].name);
        *other = known[i].name;
        bind->options |= known[i].options;
        return 0;
    }
    return unknown(name);
}

int args_bind_options(struct bind *bind, char *target)
{
    char *list = strrchr(target, ':');
    const char *chosen[OTHER + 1] = { 0 };

    bind->target = target;
    if (list == NULL || strchr(list, '/') != NULL)
        return 0;
    *list++ = '\0';
    while (list != NULL)
        if (add(bind, strsep(&list, ","), chosen) < 0)
            return -1;
    return 0;
}
