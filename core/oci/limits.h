// limits.h - what is asked of a control group, as values for its files.
//
// The specification speaks of version 1; for each limit there is one value for
// either version, so that a host with both is served by whichever has the
// controller. limits_of() only calculates; limits_set() writes.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "core/kernel/cgroup_devices.h"
#include "core/kernel/cgroups.h"
#include "core/oci/spec_resources.h"

struct limit {
    const char *member; // of linux.resources, for messages
    const char *controller;
    int version;
    const char *file; // NULL: this version knows no such limit
    const char *value;
    const char *lacks;                    // why it can't be set, or NULL
    const char *other_file, *other_value; // if there is no such file
    bool optional;  // no error if there is neither: kernels differ
    bool unlimited; // it takes a limit away
    bool second;    // the value is the second word, the first one stays
};

struct limits {
    struct limit *items;
    size_t count, room;
    struct arena *arena;
};

// All but those of devices; strings are the arena's. 0, or -1 after failed()
// when they contradict each other.
int limits_of(const struct resources *resources, struct arena *arena,
              struct limits *limits);

// The first one that limits anything; NULL: there is none.
const struct limit *limits_first(const struct limits *limits);

// Write them to the groups of this path. 0, or -1 after failed() which names
// the limit.
int limits_set(const struct limits *limits, const struct cgroups *groups,
               const char *path);

// The rules for devices, with those that the specification demands behind them.
// *rules is the arena's. 0, or -1 after failed().
int limits_device_rules(const struct resources *resources, struct arena *arena,
                        const struct device_rule **rules, size_t *count);

// The same for version 1: what is written for a rule, in "text".
#define LIMITS_RULE_TEXT 64
void limits_rule_text(const struct device_rule *rule,
                      char text[LIMITS_RULE_TEXT]);

// Make the rules hold for the groups of this path. 0, or -1 after failed().
int limits_set_devices(const struct resources *resources,
                       const struct cgroups *groups, const char *path);
