// srun_options.h - what users may ask of srun for their containers.
//
// Configurations of containers come from anywhere, and so do their annotations:
// only options of this table reach srun, each with its value in one word, so
// that no value is taken for another option.
// SPDX-License-Identifier: MIT
#pragma once

#include "core/base/str.h"

// What annotations that mean srun begin with: "slurm.partition".
#define SRUN_ANNOTATION "slurm."

// Add "--NAME=VALUE" to the list, in the place of what it has of this name. A
// VALUE that is NULL, empty or "true" is that of an option without one, which
// "false" takes back. "from" is for messages. 0, or -1 after failed().
int srun_options_add(struct strlist *list, const char *name, const char *value,
                     const char *from);

// The same of "NAME=VALUE" or "NAME"; "--" may stand before it.
int srun_options_add_word(struct strlist *list, const char *word,
                          const char *from);

// The same of all that this process's environment says: SCRUN_PARTITION and its
// like, then SCRUN_ARGS, words with blanks between them.
int srun_options_add_environment(struct strlist *list);

// The names, for --help; NULL: no more.
const char *srun_options_name(size_t index);
