// memory.h - how much memory there is to be had.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdint.h>

// Bytes that this process may take without swapping: what the machine has
// available (proc_meminfo(5)), or the limit of its control group, or of one
// above it, where that is lower. 0 when nothing can be found out.
uint64_t memory_available(void);
