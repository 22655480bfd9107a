// stage.h - a folder that the submitting hosts and all nodes see.
//
//     STAGE/ch-scrun-UID/images/DIGEST.sqfs   images, each once
//                        keys/FINGERPRINT     the digest of a tree of a host
//                        bin/VERSION/ch-scrun this program
//                        jobs/NAME/           what one container needs
//
// It is the user's alone. Whoever uses something there sets its time, so what
// has an old one is nobody's, and whoever comes next removes it.
// SPDX-License-Identifier: MIT
#pragma once

#include <time.h>

#define STAGE_IMAGES "images"
#define STAGE_KEYS "keys"
#define STAGE_PROGRAMS "bin"
#define STAGE_JOBS "jobs"
#define STAGE_JOBS_CONFIG STAGE_JOBS "/%s/config.json" // of a job

struct stage {
    char *path; // of STAGE/ch-scrun-UID
    int dir;    // -1: none
};

#define STAGE_NONE \
    {              \
        NULL, -1   \
    }

// Open it, in the folder "base", and make it if need be. 0, or -1 after
// failed(). stage_close() in any case.
int stage_open(struct stage *stage, const char *base);
void stage_close(struct stage *stage);
#define cleanup_stage __attribute__((cleanup(stage_close)))

// A folder of it, made if need be. A descriptor, or -1 after failed().
int stage_folder(const struct stage *stage, const char *name);

// Say that NAME of the folder is in use. 0; -1 with errno: it is not there.
int stage_use(int folder, const char *name);

// A copy of this program, put there if need be: its path, which the caller
// frees; NULL after failed().
char *stage_program(const struct stage *stage);

// Remove what nobody has used for so many seconds.
void stage_sweep(const struct stage *stage, time_t age);
