// hook.h - programs that are told of a container's life.
// SPDX-License-Identifier: MIT
#pragma once

#include "core/run/jail.h"

// Run them one after the other, each with "text" on its standard input, in the
// namespaces of the caller. "kind" is for messages. 0, or -1 after failed() at
// the first that fails or is killed for its timeout.
int hook_run_all(const char *kind, const struct jail_hooks *hooks,
                 const char *text);
