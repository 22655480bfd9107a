// spec_intel_rdt.c - "linux.intelRdt" of config.json.
//
// Source: "IntelRdt" of config-linux.md of the runtime specification.
// SPDX-License-Identifier: MIT
#include "core/oci/spec_intel_rdt.h"

#include <string.h>

#include "core/base/err.h"
#include "core/base/str.h"

const struct field spec_intel_rdt_fields[] = {
    { "closID", FIELD_STRING(struct intel_rdt, group) },
    { "l3CacheSchema", FIELD_STRING(struct intel_rdt, cache) },
    { "memBwSchema", FIELD_STRING(struct intel_rdt, bandwidth) },
    { "schemata", FIELD_STRINGS(struct intel_rdt, lines) },
    { "enableMonitoring", FIELD_BOOL(struct intel_rdt, monitor) },
    FIELD_END,
};

// Directories of the file system that are no groups.
static const char *const reserved[] = { "info", "mon_groups", "mon_data", ".",
                                        "..",   "",           NULL };

static bool is_group(const char *name)
{
    if (name == NULL || strcmp(name, "/") == 0)
        return true;
    for (const char *const *other = reserved; *other != NULL; other++)
        if (strcmp(name, *other) == 0)
            return false;
    return strpbrk(name, "/\n") == NULL;
}

int spec_intel_rdt_check(const struct intel_rdt *rdt, const char *name)
{
    if (!rdt->given)
        return 0;
    if (!is_group(rdt->group))
        return failed(0, "%s: " INTEL_RDT_NAME ".closID: not a name: %s", name,
                      rdt->group);
    if (rdt->cache != NULL && strchr(rdt->cache, '\n') != NULL)
        return failed(0, "%s: " INTEL_RDT_NAME ".l3CacheSchema: not one line",
                      name);
    if (rdt->bandwidth != NULL && (!str_starts(rdt->bandwidth, "MB:") ||
                                   strchr(rdt->bandwidth, '\n') != NULL))
        return failed(0,
                      "%s: " INTEL_RDT_NAME ".memBwSchema: not one line that "
                      "begins with MB:",
                      name);
    for (size_t i = 0; rdt->lines != NULL && rdt->lines[i] != NULL; i++)
        if (strchr(rdt->lines[i], '\n') != NULL)
            return failed(0,
                          "%s: " INTEL_RDT_NAME ".schemata[%zu]: not one line",
                          name, i);
    return 0;
}
