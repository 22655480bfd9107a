// note.h - what srun calls this program for on the submitting host.
//
// Just before it launches a step, srun runs a program of the user's (srun(1),
// --prolog), which is told the job and the step by its environment. That is how
// ch-scrun comes to know them without asking the controller, and the moment at
// which files can be sent to the nodes.
// SPDX-License-Identifier: MIT
#pragma once

#define NOTE_STATE "CH_SCRUN_STATE" // the container's state folder, for it

// Is this program called so? By how srun calls: its own path, then the path of
// the program on the nodes.
int note_is_asked(int argc, char *const *argv);

// Do it: 0, or -1 after failed().
int note_run(void);
