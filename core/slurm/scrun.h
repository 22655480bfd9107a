// scrun.h - containers that run in an allocation of Slurm's: the operations of
// the OCI runtime specification.
//
// The order of things, and which process lives where:
//
//  create  on the submitting host. The root filesystem becomes a SquashFS
//          image in the stage (stage.h), if it has none of the same content;
//          beside it come the program itself and the configuration, made fit
//          for a node (job_config.h). A process is left, the anchor
//          (anchor.h), which has the container's streams and its pid.
//  start   knocks at the anchor's door (core/run/door.h). It runs
//              srun OPTION... PROGRAM step CONFIG
//          and start returns: the container is "running" while its job waits.
//  srun    calls this program back once there is a job (note.h), and that is
//          noted in the state folder.
//  step    on each node, for each rank: becomes the container (step.h), as
//          ch-oci run does, so that the program is the process that Slurm has
//          started.
//  kill    a signal to the anchor, which has scancel send it to the step.
//  exec    another "srun --overlap" of the job, PROGRAM enter CONFIG PROCESS,
//          joins the container of the first rank.
//  end     srun ends with the program's status, the anchor with that of srun.
//  delete  removes what is left, here and in the stage, but for the image.
//
// Nothing is asked of the controller while a job runs, so its restart goes by
// unnoticed; what is asked of it before, srun asks again, or the container
// fails with its words.
//
// What a state folder has: state.json, lock and start as those of ch-oci
// (core/oci/folder.h), and job_record.h's.
// SPDX-License-Identifier: MIT
#pragma once

#include "core/oci/exec.h"
#include "core/oci/lifecycle.h"
#include "core/slurm/settings.h"

// The folder of the state without --root, which the caller frees.
char *scrun_usual_root(void);

// Make the container up to where it waits to be started. On failure nothing is
// left of it but its image. 0, or -1 after failed().
int scrun_create(const struct creation *how, const struct scrun_wishes *wishes);

// As lifecycle_start(), lifecycle_kill() and lifecycle_delete().
int scrun_start(struct container_handle *handle);
int scrun_kill(struct container_handle *handle, int signal);
int scrun_delete(struct container_handle *handle, bool force);

// As exec_run(), on the first node of the job.
int scrun_exec(struct container_handle *handle, const struct execution *how);
