// spec_mounts.c - "mounts" of config.json.
// SPDX-License-Identifier: MIT
#include <stddef.h>

#include "core/oci/spec.h"

const struct field spec_mount_fields[] = {
    { "destination", FIELD_STRING(struct jail_mount, destination),
      .required = true },
    { "type", FIELD_STRING(struct jail_mount, type) },
    { "source", FIELD_STRING(struct jail_mount, source) },
    { "options", FIELD_STRINGS(struct jail_mount, options) },
    { "uidMappings",
      FIELD_LIST(struct jail_mount, uid_map, uid_map_count, spec_map_fields) },
    { "gidMappings",
      FIELD_LIST(struct jail_mount, gid_map, gid_map_count, spec_map_fields) },
    FIELD_END,
};
