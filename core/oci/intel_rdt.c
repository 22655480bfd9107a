// intel_rdt.c - a container's share of caches and memory bandwidth.
//
// Which directory is whose is said by "IntelRdt" of config-linux.md: one that
// was named by the configuration stays, and so does one that was there before.
// SPDX-License-Identifier: MIT
#include "core/oci/intel_rdt.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/scope.h"
#include "core/base/str.h"
#include "core/kernel/resctrl.h"

#define MODE 0755 // of a group, as the kernel gives it in any case

static const char *group_of(const struct spec *spec, const struct state *state)
{
    const char *name = spec->intel_rdt.group;

    return name != NULL ? name : state->id;
}

static bool has_lines(const struct intel_rdt *rdt)
{
    return rdt->cache != NULL || rdt->bandwidth != NULL ||
           (rdt->lines != NULL && rdt->lines[0] != NULL);
}

static const char *monitor_of(struct state *state, const char *group)
{
    return arena_keep(&state->arena,
                      strcmp(group, "/") == 0
                          ? str_printf("mon_groups/%s", state->id)
                          : str_printf("%s/mon_groups/%s", group, state->id));
}

static int check_line(int group, const char *line, const char *name)
{
    int same = line == NULL ? 1 : resctrl_has(group, line);

    if (same == 0)
        return failed(0, "the group %s has other values than %s", name, line);
    return same < 0 ? -1 : 0;
}

int intel_rdt_choose(const struct spec *spec, struct state *state)
{
    const struct intel_rdt *rdt = &spec->intel_rdt;
    const char *name = group_of(spec, state);
    cleanup_close int resctrl = rdt->given ? resctrl_open() : -1;
    cleanup_close int group = -1;

    if (!rdt->given)
        return 0;
    if (resctrl < 0)
        return failed_while(SPEC_FILE ": " INTEL_RDT_NAME);
    group = resctrl_group(resctrl, name);
    if (group < 0 && rdt->group != NULL && !has_lines(rdt))
        return failed(errno,
                      SPEC_FILE ": " INTEL_RDT_NAME ": there is no group %s",
                      name);
    if (group >= 0 && rdt->group != NULL &&
        (check_line(group, rdt->cache, name) < 0 ||
         check_line(group, rdt->bandwidth, name) < 0))
        return failed_while(SPEC_FILE ": " INTEL_RDT_NAME);
    if (group < 0 && rdt->group == NULL)
        state->resctrl_group = arena_keep(&state->arena, str_dup(name));
    if (rdt->monitor)
        state->resctrl_monitor = monitor_of(state, name);
    return 0;
}

static int write_line(int group, const char *line)
{
    if (line == NULL || resctrl_set(group, line) == 0)
        return 0;
    return failed(errno, "can't set %s", line);
}

// The order is the specification's.
static int write_lines(int group, const struct intel_rdt *rdt)
{
    if (write_line(group, rdt->cache) < 0 ||
        write_line(group, rdt->bandwidth) < 0)
        return -1;
    for (size_t i = 0; rdt->lines != NULL && rdt->lines[i] != NULL; i++)
        if (write_line(group, rdt->lines[i]) < 0)
            return -1;
    return 0;
}

static int enter(int group, const char *name, pid_t pid)
{
    if (group >= 0 && resctrl_enter(group, pid) == 0)
        return 0;
    return failed(errno, "can't put the container in the group %s", name);
}

static int enter_monitor(int resctrl, const char *name, pid_t pid)
{
    cleanup_close int group = -1;

    if (name == NULL)
        return 0;
    if (mkdirat(resctrl, name, MODE) < 0)
        return failed(errno, "can't make the group %s", name);
    group = resctrl_group(resctrl, name);
    return enter(group, name, pid);
}

static int make_all(const struct spec *spec, const struct state *state,
                    pid_t pid)
{
    const char *name = group_of(spec, state);
    cleanup_close int resctrl = resctrl_open();
    cleanup_close int group = -1;

    if (resctrl < 0)
        return -1;
    if (strcmp(name, "/") != 0 && mkdirat(resctrl, name, MODE) < 0 &&
        errno != EEXIST)
        return failed(errno, "can't make the group %s", name);
    group = resctrl_group(resctrl, name);
    if (group < 0)
        return failed(errno, "can't open the group %s", name);
    if (write_lines(group, &spec->intel_rdt) < 0 || enter(group, name, pid) < 0)
        return -1;
    return enter_monitor(resctrl, state->resctrl_monitor, pid);
}

int intel_rdt_enter(const struct spec *spec, const struct state *state,
                    pid_t pid)
{
    if (!spec->intel_rdt.given)
        return 0;
    return make_all(spec, state, pid) < 0 ? failed_while(INTEL_RDT_NAME) : 0;
}

int intel_rdt_update(const struct state *state, const char *cache,
                     const char *bandwidth)
{
    const struct intel_rdt rdt = { .given = true,
                                   .cache = cache,
                                   .bandwidth = bandwidth };
    const char *name = state->resctrl_group;
    cleanup_close int resctrl = -1;
    cleanup_close int group = -1;

    if (cache == NULL && bandwidth == NULL)
        return 0;
    if (spec_intel_rdt_check(&rdt, "update") < 0)
        return -1;
    resctrl = resctrl_open();
    if (resctrl < 0)
        return failed_while(INTEL_RDT_NAME);
    if (name == NULL)
        return failed(0, INTEL_RDT_NAME ": the container has no group of its "
                                        "own that could be changed");
    group = resctrl_group(resctrl, name);
    if (group < 0)
        return failed(errno, "can't open the group %s", name);
    return write_lines(group, &rdt) < 0 ? failed_while(INTEL_RDT_NAME) : 0;
}

static int remove_group(int resctrl, const char *name)
{
    if (name == NULL || unlinkat(resctrl, name, AT_REMOVEDIR) == 0 ||
        errno == ENOENT)
        return 0;
    return failed(errno, INTEL_RDT_NAME ": can't remove the group %s", name);
}

int intel_rdt_remove(const struct state *state)
{
    cleanup_close int resctrl = -1;

    if (state->resctrl_group == NULL && state->resctrl_monitor == NULL)
        return 0;
    resctrl = resctrl_open();
    if (resctrl < 0)
        return -1;
    return remove_group(resctrl, state->resctrl_monitor) < 0
               ? -1
               : remove_group(resctrl, state->resctrl_group);
}
