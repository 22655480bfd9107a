// command.h - the command lines that srun is run by.
// SPDX-License-Identifier: MIT
#pragma once

#include "core/oci/folder.h"
#include "core/slurm/parts.h"
#include "core/slurm/settings.h"

struct command {
    struct strlist list;
    const char *const *words; // of the list
};

// What runs the container. It sets the variable by which srun's call back finds
// the state folder. 0, or -1 after failed(); command_free() in any case.
int command_srun(struct command *command, const struct parts *parts,
                 const struct spec *spec, const struct scrun_settings *settings,
                 const struct folder *folder);

// What tells whether such a job could be, without one.
int command_check(struct command *command,
                  const struct scrun_settings *settings);

// What runs a further process, which the variable STEP_PROCESS describes, in
// the container of the step "JOB.STEP".
int command_exec(struct command *command, const struct scrun_record *record,
                 const char *step, bool terminal);
void command_free(struct command *command);
