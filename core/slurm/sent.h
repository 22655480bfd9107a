// sent.h - files that were sent to a node for a container, and go with it.
//
// Slurm runs a program of the user's after each task (srun(1), --task-epilog),
// however the task ended. The last one on a node removes what was sent there.
// SPDX-License-Identifier: MIT
#pragma once

#define SENT_CONFIG "CH_SCRUN_SENT" // the configuration's path, for it

// Is this program called for that?
int sent_is_over(int argc);

// A task has ended. 0, or -1 after failed().
int sent_remove(void);
