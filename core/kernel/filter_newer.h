// filter_newer.h - system calls that a filter is too old to know.
// SPDX-License-Identifier: MIT
#pragma once

#include "core/kernel/filter.h"

// A filter that refuses all that it does not name, with whatever error, also
// refuses what came with later kernels. Programs try these and do without if
// the error is ENOSYS, so that is what they get from now on: those whose number
// is above that of all that the filter names. 0, or -1 after failed().
int filter_newer_are_missing(const struct filter *filter,
                             struct filter_program *program);
