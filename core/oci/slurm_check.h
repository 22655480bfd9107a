// slurm_check.h - will Slurm run containers with these configuration files?
//
// Slurm itself says little: what is missing or wrong is passed over in silence,
// or ends steps without a word.
// SPDX-License-Identifier: MIT
#pragma once

#include <stddef.h>

enum slurm_grade {
    SLURM_FINE,
    SLURM_NOTE,  // works, but should be known
    SLURM_WRONG, // does not work, or not safely
};

struct slurm_finding {
    enum slurm_grade grade;
    const char *name;
    char detail[512];
    char remedy[512]; // "": nothing is to be done
};

#define SLURM_FINDINGS 16 // at most

struct slurm_report {
    struct slurm_finding items[SLURM_FINDINGS];
    size_t count;
};

// Look at slurm.conf (NULL: where Slurm would find it) and oci.conf (NULL:
// beside that). 0, or -1 after failed(), where slurm.conf can't be read.
int slurm_check(const char *slurm_conf, const char *oci_conf,
                struct slurm_report *report);
