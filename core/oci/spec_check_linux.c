// spec_check_linux.c - what the specification demands of "linux", "mounts" and
// "annotations" of config.json beyond types.
//
// Sources: config.md and config-linux.md of the runtime specification, where
// they say MUST.
// SPDX-License-Identifier: MIT
#include <string.h>

#include "core/base/err.h"
#include "core/oci/net_devices.h"
#include "core/oci/spec.h"

static int check_paths(const char *const *list, const char *member,
                       const char *name)
{
    for (size_t i = 0; list != NULL && list[i] != NULL; i++)
        if (list[i][0] != '/')
            return failed(0, "%s: linux.%s[%zu]: not absolute: %s", name,
                          member, i, list[i]);
    return 0;
}

static int check_mounts(const struct jail *plan, const char *name)
{
    for (size_t i = 0; i < plan->mount_count; i++)
        if ((plan->mounts[i].uid_map_count > 0) !=
            (plan->mounts[i].gid_map_count > 0))
            return failed(0,
                          "%s: mounts[%zu]: uidMappings and gidMappings come "
                          "together",
                          name, i);
    return 0;
}

static int check_annotations(const struct spec *spec, const char *name)
{
    for (size_t i = 0; i < spec->annotation_count; i++)
        if (spec->annotations[i].name[0] == '\0')
            return failed(0, "%s: annotations: an empty name", name);
    return 0;
}

static bool takes_errno(int action)
{
    for (const struct choice *c = filter_actions; c->word != NULL; c++)
        if (c->number == action && (strcmp(c->word, "SCMP_ACT_ERRNO") == 0 ||
                                    strcmp(c->word, "SCMP_ACT_TRACE") == 0))
            return true;
    return false;
}

static int check_filter(const struct filter *filter, const char *name)
{
    if (filter->errnum.set && !takes_errno(filter->action))
        return failed(0,
                      "%s: linux.seccomp.defaultErrnoRet: the action gives no "
                      "error",
                      name);
    if (filter->metadata != NULL && filter->metadata[0] != '\0' &&
        filter->listener == NULL)
        return failed(0,
                      "%s: linux.seccomp.listenerMetadata: there is no "
                      "listenerPath",
                      name);
    for (size_t i = 0; i < filter->rule_count; i++) {
        const struct filter_rule *rule = &filter->rules[i];

        if (rule->names[0] == NULL)
            return failed(0,
                          "%s: linux.seccomp.syscalls[%zu].names: needs one "
                          "name at least",
                          name, i);
        if (rule->errnum.set && !takes_errno(rule->action))
            return failed(0,
                          "%s: linux.seccomp.syscalls[%zu].errnoRet: the "
                          "action gives no error",
                          name, i);
    }
    return 0;
}

int spec_check_linux(const struct spec *spec, const char *name)
{
    const struct jail *plan = &spec->jail;

    if (check_paths(plan->masked_paths, "maskedPaths", name) < 0 ||
        check_paths(plan->read_only_paths, "readonlyPaths", name) < 0 ||
        check_mounts(plan, name) < 0 || check_annotations(spec, name) < 0 ||
        spec_check_sysctl(plan, name) < 0)
        return -1;
    if (plan->has_filter && check_filter(&plan->filter, name) < 0)
        return -1;
    return net_devices_check(spec, name) < 0
               ? -1
               : spec_intel_rdt_check(&spec->intel_rdt, name);
}
