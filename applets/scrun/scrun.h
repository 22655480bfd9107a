// scrun.h - what the commands of ch-scrun have in common.
//
// They are those of ch-oci (applets/oci/oci.h), which has the rest of them.
// SPDX-License-Identifier: MIT
#pragma once

#include "applets/oci/oci.h"
#include "core/slurm/settings.h"

struct scrun_args {
    struct oci_args oci;
    struct scrun_wishes wishes;
};

// For the table of a command whose struct of arguments has "wishes".
#define SCRUN_OPTIONS(T)                                                   \
    { 0, "slurm", "NAME[=VALUE]", "an option for srun (repeatable)",       \
      OPT_LIST(T, wishes.options) },                                       \
    {                                                                      \
        0, "stage", "DIR", "a folder that all nodes see; \"bcast\": none", \
            OPT_STR(T, wishes.stage)                                       \
    }

struct scrun_command {
    const char *name;
    const char *summary;
    int (*main)(const struct scrun_args *global, int argc, char **argv);
    int (*oci)(const struct oci_args *global, int argc, char **argv);
};

int scrun_main_create(const struct scrun_args *global, int argc, char **argv);
int scrun_main_start(const struct oci_args *global, int argc, char **argv);
int scrun_main_kill(const struct oci_args *global, int argc, char **argv);
int scrun_main_delete(const struct oci_args *global, int argc, char **argv);
int scrun_main_exec(const struct oci_args *global, int argc, char **argv);
