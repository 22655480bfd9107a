// command.h - a table of named commands, as main.c and ch-oci have.
// SPDX-License-Identifier: MIT
#pragma once

struct command {
    const char *name;                   // the word typed
    const char *summary;                // one line, no full stop, for lists
    int (*main)(int argc, char **argv); // exit status, or -1 after failed()
};

// The row called "name", or NULL. The table ends with a row without a name.
const struct command *command_find(const struct command *table,
                                   const char *name);
