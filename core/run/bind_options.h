// bind_options.h - what a bind is like, other than its source.
// SPDX-License-Identifier: MIT
#pragma once

// Give the bind of "source" that was just made at "target" of the container
// "root" these options (enum bind_option). 0, or -1 after failed().
int bind_options_apply(int root, const char *source, const char *target,
                       unsigned options);
