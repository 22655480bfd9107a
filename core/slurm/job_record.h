// job_record.h - what the state folder of a container on Slurm has besides.
//
//     ROOT/ID/job.json   where its parts are
//     ROOT/ID/step       "JOB.STEP", once Slurm has given it one
//     ROOT/ID/ch-scrun   this program, as a link, for srun to call (note.h)
// SPDX-License-Identifier: MIT
#pragma once

#include <stdbool.h>

#include "core/base/arena.h"
#include "core/base/json.h"
#include "core/oci/folder.h"

#define RECORD_PROGRAM "ch-scrun"
#define STEP_TEXT 64 // bytes of "JOB.STEP"

struct scrun_record {
    const char *stage;      // of this user, on this host
    const char *job;        // its folder in the stage's folder of jobs
    const char *image;      // on this host
    const char *config;     // on the nodes
    const char *program;    // on the nodes
    const char *search;     // $PATH, for srun and scancel
    const char *slurm_conf; // $SLURM_CONF; NULL: none
    bool bcast;             // what the nodes need is sent when the job begins
    bool keep_uid;          // the user has his own ids in the container

    struct arena arena; // of one that was read
    struct json *document;
};

// 0, or -1 after failed().
int job_record_write(const struct scrun_record *record,
                     const struct folder *folder);

// 0, or -1 after failed(); job_record_free() in any case.
int job_record_read(struct scrun_record *record, const struct folder *folder);
void job_record_free(struct scrun_record *record);
#define cleanup_job_record __attribute__((cleanup(job_record_free)))

// Note which step it is: 0, or -1 after failed().
int job_record_set_step(const struct folder *folder, const char *job,
                        const char *step);

// Which one is it? False: it has none yet, or none can be told.
bool job_record_step(const struct folder *folder, char step[STEP_TEXT]);
