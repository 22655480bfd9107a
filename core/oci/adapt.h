// adapt.h - what the caller's situation makes of a configuration.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "core/base/str.h"
#include "core/oci/spec.h"

// What a command line says besides the configuration. Strings are borrowed.
struct adapt_options {
    const char *console_socket;
    bool no_pivot;
    bool keep_keyring; // the session's
    bool keep_uid;     // whatever the configuration says, the caller's own ids
    int preserve_fds;  // descriptors 3 to 3+N-1 stay open
    bool own_session;  // it outlives the caller
    const struct strlist *more_env; // NAME=VALUE, if the configuration has no
                                    // such NAME; NULL: none
};

// Complete the plan: a user namespace for those who may do nothing without one,
// maps where none are given, descriptors to keep. 0, or -1 after failed().
int adapt_spec(struct spec *spec, const struct adapt_options *options);
