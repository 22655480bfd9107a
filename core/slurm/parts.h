// parts.h - what a container needs on the nodes, and where it is.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdbool.h>

#include "core/oci/spec.h"
#include "core/slurm/job_record.h"
#include "core/slurm/settings.h"
#include "core/slurm/stage.h"

// What is sent to a node begins so: in its /tmp, as only that is known to be
// there.
#define SENT_PREFIX "/tmp/ch-scrun."

struct parts {
    struct stage stage;
    char *job;        // the folder of it in the stage
    char *image;      // in the stage; NULL: it is not there
    char *image_path; // on this host
    char *node_image; // on the nodes
    char *node_config;
    char *node_program; // the user's, or one that begins as what is sent does
    bool bcast;         // what the nodes need is sent to them
    bool keep_uid;      // the user has his own ids in the container
};

#define PARTS_NONE           \
    {                        \
        .stage = STAGE_NONE, \
    }

// Put all of it into the stage, for a container of this id. 0, or -1 after
// failed(); parts_remove() takes it back, parts_close() in any case.
int parts_make(struct parts *parts, const char *id, const struct spec *spec,
               const struct scrun_settings *settings);
void parts_remove(const struct parts *parts);
void parts_close(struct parts *parts);

// Write down where it is, and put this program where srun finds it (note.h). 0,
// or -1 after failed().
int parts_note(const struct parts *parts, const struct folder *folder);

// Remove what is in the stage for this container alone.
void parts_forget(const struct scrun_record *record);
