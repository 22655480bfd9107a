// applets.h - the commands this binary answers to.
// SPDX-License-Identifier: MIT
#pragma once

#include "core/base/command.h"

// Each runs one command line to its end and returns the exit status, or -1
// after failed(), which main() reports.
int ch_run_main(int argc, char **argv);
int ch_mount_main(int argc, char **argv);
int ch_umount_main(int argc, char **argv);
int ch_convert_main(int argc, char **argv);
int ch_bench_main(int argc, char **argv);
int ch_oci_main(int argc, char **argv);
int ch_doctor_main(int argc, char **argv);
int ch_slurm_main(int argc, char **argv);
int ch_stage_main(int argc, char **argv);
int ch_scrun_main(int argc, char **argv);

// What the program does for itself, by the same rules; "own" is the table of
// all that it does so.
int install_main(int argc, char **argv);
int completion_main(int argc, char **argv, const struct command *own);

// All applets; a row without a name ends them. The links of "ch install", the
// completion and the names that --self binds follow from it.
extern const struct command applets[];

// Names of other programs that an applet stands in for, as a link of such a
// name is found by who looks for one of them.
extern const struct command stand_ins[];
