// spec_intel_rdt.h - "linux.intelRdt" of config.json.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdbool.h>

#include "core/base/fields.h"

#define INTEL_RDT_NAME "linux.intelRdt" // in messages

struct intel_rdt {
    bool given;
    const char *group; // closID; NULL: of the container's own, named as that
    const char *cache, *bandwidth; // lines, or NULL
    const char *const *lines;      // further ones; NULL: none
    bool monitor;                  // in a group of its own
};

extern const struct field spec_intel_rdt_fields[]; // of struct intel_rdt

// What a type can't tell. 0, or -1 after failed(); "name" is the document's.
int spec_intel_rdt_check(const struct intel_rdt *rdt, const char *name);
