// step.h - the job step that this process is a rank of, as its launcher tells.
// SPDX-License-Identifier: MIT
#pragma once

#include "core/base/str.h"

// The name of the step: the same for its ranks on this node, and for nobody
// else's. *expected is the number of its ranks on this node, 0 if not told.
// NULL: this is no rank of a step, or, after failed(), no memory. The caller
// frees it.
char *step_find(unsigned *expected);

// The same by an environment that is not this process's own: NAME=VALUE, the
// last one counts, and a NULL.
char *step_find_in(const char *const *env, unsigned *expected);

// Add what launchers and the libraries of their ranks tell this process by its
// environment, NAME=VALUE, for a container that is to be one of them. 0, or -1
// after failed().
int step_list_variables(struct strlist *list);

// The job alone, "" if there is none; borrowed from the environment.
const char *step_job(void);

// The process that started this one, by its number; the caller frees it. NULL
// after failed().
char *step_parent(void);

// How many tasks node "node" has by Slurm's list, as in "2(x3),1"; 0 if it
// can't be told.
unsigned step_tasks(const char *list, unsigned node);
