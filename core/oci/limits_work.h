// limits_work.h - limits in the making; limits*.c only.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdint.h>

#include "core/oci/limits.h"

void limits_add(struct limits *limits, struct limit one);

// printf into the arena.
char *limits_text(struct arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

// A number, or "max" in its place if it is negative and "max" is a word there.
const char *limits_number(struct limits *limits, int64_t n, bool has_max);

// limits_block.c: block devices.
void limits_add_block(struct limits *limits, const struct resources *r);

// limits_other.c: huge pages, RDMA, network, and what is version 2's own. 0, or
// -1 after failed().
int limits_add_others(struct limits *limits, const struct resources *r);
