// jail_capabilities.c - what a container's process may do, of what is planned.
// SPDX-License-Identifier: MIT
#include "core/kernel/capabilities.h"

#include "core/base/log.h"
#include "core/run/jail_work.h"

static uint64_t read_set(const char *const *list, uint64_t known)
{
    uint64_t set = 0;

    for (; list != NULL && *list != NULL; list++) {
        int number = capabilities_find(*list);

        if (number >= 0)
            set |= UINT64_C(1) << number;
        else
            log_warn("unknown capability: %s", *list);
    }
    return set & known;
}

// "Any value which cannot be granted MUST be logged as a warning": where the
// caller himself is without it, as in a container.
static void warn_of_missing(uint64_t missing)
{
    for (unsigned i = 0; capabilities_name(i) != NULL; i++)
        if ((missing >> i & 1) != 0)
            log_warn("can't grant %s, which the caller has not",
                     capabilities_name(i));
}

struct capabilities jail_read_capabilities(const struct jail_capabilities *c)
{
    uint64_t held = capabilities_known() & capabilities_held();
    uint64_t permitted = read_set(c->permitted, capabilities_known());
    struct capabilities sets = {
        .bounding = read_set(c->bounding, held),
        .effective = read_set(c->effective, held & permitted),
        .inheritable = read_set(c->inheritable, held),
        .permitted = permitted & held,
        .ambient = read_set(c->ambient, held),
    };

    warn_of_missing(permitted & ~held);
    return sets;
}
