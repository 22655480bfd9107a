// settings.h - how a container is to become a job.
//
// Said by the environment (SCRUN_*), by options of the command line, and by
// annotations of the bundle, of which each later one counts more. The bundle's
// say only what is asked of Slurm, not what this program does on this host.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdbool.h>
#include <time.h>

#include "core/base/str.h"
#include "core/oci/spec.h"

// Of the command line; borrowed. NULL: not said.
struct scrun_wishes {
    const char *stage;
    struct strlist options; // NAME=VALUE, of srun
};

struct scrun_settings {
    struct strlist srun; // words for srun
    char *stage;         // where all nodes see what is put; NULL: nowhere
    const char *program; // this program on the nodes; NULL: a copy in the stage
    time_t age;          // seconds until what nobody uses is removed there
    bool keep_uid;       // the user's own ids in the container
};

// 0, or -1 after failed(). scrun_settings_free() in any case.
int scrun_settings_read(struct scrun_settings *settings,
                        const struct scrun_wishes *wishes,
                        const struct spec *spec);
void scrun_settings_free(struct scrun_settings *settings);
#define cleanup_settings __attribute__((cleanup(scrun_settings_free)))
