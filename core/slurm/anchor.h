// anchor.h - the container's process on the submitting host.
//
// It has the container's standard streams and its pid, waits to be started, and
// then has srun for a child: what srun ends with, it ends with. Signals that
// are sent to it go to the program on the nodes, by scancel. If it is killed,
// so that it can't do that any more, srun is told by the kernel, and ends the
// job.
//
// Killing, which a process can't be told of, and whatever else ch-scrun kill is
// asked for, comes as a signal of its own with the number in it.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdint.h>
#include <sys/types.h>

#include "core/oci/folder.h"
#include "core/run/door.h"
#include "core/slurm/stage.h"

struct anchor {
    // Of the container, whose lock is let go of when the job is submitted;
    // NULL: it is for a further process, and signals go to srun.
    struct folder *folder;
    struct door *door;
    const struct stage *stage;
    const char *job, *image;  // in the stage: in use as long as this lives; the
                              // image may be NULL
    const char *const *srun;  // the command line
    const char *const *check; // one that tells what is wrong with it, and
                              // submits nothing
};

// Be it: this never returns. The process leads its session.
_Noreturn void anchor_be(const struct anchor *anchor);

// The same without a door, and when srun has ended: the status to end with, or
// -1 after failed(). "report" is closed when srun runs, or brings the error;
// -1: nobody waits for that.
int anchor_run(const struct anchor *anchor, int report);

// Tell an anchor, that was started then, of a signal for the program. 0, or -1
// with errno; ESRCH: it is gone.
int anchor_signal(pid_t pid, uint64_t start_time, int signal);
