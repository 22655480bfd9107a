// memory_policy.c - on which NUMA nodes memory is.
// SPDX-License-Identifier: MIT
#include "core/kernel/memory_policy.h"

#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/base/log.h"

// The numbers of linux/mempolicy.h, the last of Linux 6.9.
const struct choice memory_policy_modes[] = {
    { "MPOL_DEFAULT", MEMORY_POLICY_DEFAULT },
    { "MPOL_PREFERRED", 1 },
    { "MPOL_BIND", 2 },
    { "MPOL_INTERLEAVE", 3 },
    { "MPOL_LOCAL", 4 },
    { "MPOL_PREFERRED_MANY", 5 },
    { "MPOL_WEIGHTED_INTERLEAVE", 6 },
    { NULL, 0 },
};

const struct choice memory_policy_flags[] = {
    { "MPOL_F_NUMA_BALANCING", 1 << 13 },
    { "MPOL_F_RELATIVE_NODES", 1 << 14 },
    { "MPOL_F_STATIC_NODES", 1 << 15 },
    { NULL, 0 },
};

int memory_policy_set(int mode, uint32_t flags, const struct number_list *nodes)
{
    // the kernel takes one less than it is told
    unsigned long bits = nodes->count > 0 ? NUMBER_LIST_MAX + 1 : 0;

    log_call("set_mempolicy(%d, flags %#x, %zu nodes)", mode, flags,
             nodes->count);
    return (int)syscall(SYS_set_mempolicy, mode | (int)flags,
                        bits > 0 ? nodes->bits : NULL, bits);
}
