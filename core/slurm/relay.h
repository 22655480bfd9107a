// relay.h - signals on their way to a step of Slurm's.
//
// scancel(1) takes them there. It may be slow, or hang while the controller is
// out of reach, so it is a process beside the caller, who hears what else
// happens, and to be killed does not wait for another signal.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdint.h>
#include <sys/types.h>

#include "core/oci/folder.h"

struct relay {
    const struct folder *folder; // that has the step's number
    uint64_t waiting;            // signals that have not arrived, bit N-1
    int signal;                  // the one that is on its way; 0: none
    pid_t scancel;               // 0: it does not run
    int64_t again, end;          // ms: when to try again, and when no longer
};

// The step is to get the signal; no other one comes behind SIGKILL.
void relay_add(struct relay *relay, int signal);

// Do what there is to do now: after each SIGCHLD, and after as many
// milliseconds as this returns, -1 meaning that all have arrived. *lost is a
// signal that could not be sent and never will be, or 0.
int relay_go_on(struct relay *relay, int *lost);

// No more of it.
void relay_end(struct relay *relay);
