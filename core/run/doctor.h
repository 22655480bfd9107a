// doctor.h - what this node allows, found out by trying it.
//
// Version numbers and settings say little: distributions backport, sites
// forbid, outer containers filter. So each probe does what a container's start
// would do, in a process of its own, and only when that fails it looks for the
// reason.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct finding {
    bool ok;
    char detail[512]; // what was found, or what failed
    char remedy[512]; // what mends it; "" if nothing is to be mended
};

enum need {
    NEED_NONE,   // containers start without it
    NEED_IMAGES, // SquashFS images need it
    NEED_ALL,    // every container needs it
};

// What a probe finds out goes into *finding: detail when it returns 0; remedy
// when it returns -1 after failed().
struct probe {
    const char *name;
    enum need need;
    int (*run)(struct finding *finding);
};

// All probes, in the order in which they explain each other; ends with a row
// without a name.
extern const struct probe doctor_probes[];

// Examine this node. Whatever the probe does to its process, its namespaces and
// its mounts ends with it, and it ends within "timeout" milliseconds.
void doctor_examine(const struct probe *probe, int timeout,
                    struct finding *finding);
