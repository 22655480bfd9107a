// spec_bare.c - what takes a mount namespace.
//
// "If a namespace type is not specified in the namespaces array, the container
// MUST inherit the runtime namespace of that type": what would be mounted for a
// container without one of its own would be so for the host, and would stay.
// SPDX-License-Identifier: MIT
#include <sched.h>

#include "core/base/err.h"
#include "core/oci/spec.h"

static bool has_any(const char *const *list)
{
    return list != NULL && list[0] != NULL;
}

int spec_check_bare(const struct spec *spec, const char *name)
{
    const struct jail *plan = &spec->jail;
    const struct {
        const char *member;
        bool asked_for;
    } wishes[] = {
        { "root.readonly", plan->root_read_only },
        { "mounts", plan->mount_count > 0 },
        { "process.terminal", plan->process.terminal },
        { "linux.devices", plan->device_count > 0 },
        { "linux.maskedPaths", has_any(plan->masked_paths) },
        { "linux.readonlyPaths", has_any(plan->read_only_paths) },
        { "linux.rootfsPropagation", plan->root_propagation != NULL },
    };

    if (jail_find_namespace(plan, CLONE_NEWNS) != NULL)
        return 0;
    for (size_t i = 0; i < sizeof wishes / sizeof *wishes; i++)
        if (wishes[i].asked_for)
            return failed(0, "%s: %s: there is no mount namespace for it", name,
                          wishes[i].member);
    return 0;
}
