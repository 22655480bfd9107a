// command.c - a table of named commands, as main.c and ch-oci have.
// SPDX-License-Identifier: MIT
#include "core/base/command.h"

#include <stddef.h>
#include <string.h>

const struct command *command_find(const struct command *table,
                                   const char *name)
{
    for (const struct command *c = table; c->name != NULL; c++)
        if (strcmp(c->name, name) == 0)
            return c;
    return NULL;
}
