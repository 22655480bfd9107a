// memory_policy.h - on which NUMA nodes memory is: set_mempolicy(2).
// SPDX-License-Identifier: MIT
#pragma once

#include <stdint.h>

#include "core/base/fields.h"
#include "core/base/number_list.h"

// What the words of the OCI runtime specification stand for.
#define MEMORY_POLICY_DEFAULT 0 // takes no nodes

extern const struct choice memory_policy_modes[];
extern const struct choice memory_policy_flags[];

// Of this process, and what it forks and executes. No nodes: as the mode has it
// then. 0, or -1 with errno.
int memory_policy_set(int mode, uint32_t flags,
                      const struct number_list *nodes);
