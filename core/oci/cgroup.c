// cgroup.c - the control group of a container.
//
// A container stays in the group of its maker; that it was to be limited is
// told, as it would be found out late otherwise.
// SPDX-License-Identifier: MIT
#include "core/oci/cgroup.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "core/base/err.h"
#include "core/base/log.h"

int cgroup_manager_of(const char *word, enum cgroup_manager *manager)
{
    static const char *const words[] = { [CGROUP_FILES] = "cgroupfs",
                                         [CGROUP_SYSTEMD] = "systemd",
                                         [CGROUP_DISABLED] = "disabled" };

    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(words[i], word) == 0) {
            *manager = (enum cgroup_manager)i;
            return 0;
        }
    return failed(
        0, "--cgroup-manager: %s is none of cgroupfs, systemd, disabled", word);
}

// Rules for devices are in every configuration, and the user namespace or the
// capabilities hold them, too.
static bool asks_for_limits(const struct json *resources)
{
    const struct json *one = resources == NULL ? NULL : json_first(resources);

    for (; one != NULL; one = json_next(one))
        if (strcmp(json_key(one), "devices") != 0 && json_first(one) != NULL)
            return true;
    return false;
}

int cgroup_enter(struct spec *spec, enum cgroup_manager manager, pid_t pid,
                 const char **path)
{
    (void)pid;
    *path = NULL;
    if (manager != CGROUP_DISABLED && asks_for_limits(spec->resources))
        log_warn("the limits of linux.resources are not kept: control groups "
                 "are not made use of");
    return 0;
}

int cgroup_join(const char *path, const char *below, pid_t pid)
{
    (void)path, (void)pid;
    if (below == NULL)
        return 0;
    return failed(0, "the container has no control group for %s", below);
}

bool cgroup_is_frozen(const char *path)
{
    (void)path;
    return false;
}

int cgroup_freeze(const char *path, bool frozen)
{
    (void)path;
    return failed(ENOTSUP, "can't %s the container without a control group",
                  frozen ? "pause" : "resume");
}

pid_t *cgroup_list(const char *path, size_t *count)
{
    (void)path;
    *count = 0;
    return NULL;
}

int cgroup_update(const char *path, const struct json *resources)
{
    (void)path, (void)resources;
    return failed(ENOTSUP, "can't limit the container without a control group");
}

int cgroup_stats(const char *path, struct json *data)
{
    (void)path, (void)data;
    return failed(ENOTSUP,
                  "can't tell what the container has used without a control "
                  "group");
}

int cgroup_remove(const char *path)
{
    (void)path;
    return 0;
}
