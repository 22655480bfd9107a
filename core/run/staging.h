// staging.h - bring images to all nodes of a job at once.
//
// One step of the job, with a task on each node, lasts until the job's end: the
// tasks tell what their node lacks, which sbcast(1) brings to all of them, take
// it, and keep it (staged.h) until Slurm tells them to end. They are this
// program, brought by srun's --bcast. Caller and tasks talk by srun's standard
// input, which goes to all tasks, and its standard output:
//
//     task                        caller
//     ch-stage: NODE has 01
//                                 take, when sbcast has brought the first
//     ch-stage: NODE done         or "failed", and the reason by standard error
//                                 keep, when all are done; then it ends
//
// End of file instead of a word is the caller's end, and the task's.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdbool.h>

#include "core/base/str.h"

#define STAGING_MARK "ch-stage: " // begins a line of a task's

// Begins the path to which srun brings this program; job and process follow.
#define STAGING_SELF "/tmp/ch-stage."

struct staging {
    const char *dir;           // of the nodes, in which the images come to be
    bool unpacked;             // as directories
    bool no_bcast;             // this program is on all nodes, at the same path
    const char *const *images; // NULL-terminated: files; of tasks: checksums
};

// The number of the job that this process is in; NULL after failed().
const char *staging_job(void);

// In a script of the job's, or below salloc: bring the images, and add to
// "places" where they are. 0, or -1 after failed(); then no node has any.
int staging_bring(const struct staging *plan, struct strlist *places);

// As a task: take the images and keep them until the job's end. 0, or -1 after
// failed(), which the caller knows of then.
int staging_keep(const struct staging *plan);
