// applets.c - the table of applets.
// SPDX-License-Identifier: MIT
#include "applets/applets.h"

#include <stddef.h>

const struct command applets[] = {
    { "ch-run", "run a command in a container", ch_run_main },
    { "ch-mount", "mount a SquashFS image", ch_mount_main },
    { "ch-umount", "unmount SquashFS images", ch_umount_main },
    { "ch-convert", "convert images from one format to another",
      ch_convert_main },
    { "ch-oci", "run containers as OCI runtimes do", ch_oci_main },
    { "ch-bench", "measure how fast this node reads an image", ch_bench_main },
    { "ch-doctor", "tell what this node allows", ch_doctor_main },
    { "ch-slurm", "tell whether Slurm runs containers", ch_slurm_main },
    { "ch-stage", "bring images to all nodes of a job", ch_stage_main },
    { "ch-scrun", "run containers as jobs of Slurm's", ch_scrun_main },
    { NULL, NULL, NULL },
};

const struct command stand_ins[] = {
    { "crun", NULL, ch_oci_main },
    { "runc", NULL, ch_oci_main },
    { NULL, NULL, NULL },
};
