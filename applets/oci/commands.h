// commands.h - the commands of ch-oci: each is a file named as the word typed.
// SPDX-License-Identifier: MIT
#pragma once

struct oci_args;

// Each runs one command line, of which argv[0] is the command's word, and
// returns the exit status, or -1 after failed().
int oci_create(const struct oci_args *global, int argc, char **argv);
int oci_start(const struct oci_args *global, int argc, char **argv);
int oci_state(const struct oci_args *global, int argc, char **argv);
int oci_kill(const struct oci_args *global, int argc, char **argv);
int oci_delete(const struct oci_args *global, int argc, char **argv);
int oci_run(const struct oci_args *global, int argc, char **argv);
int oci_exec(const struct oci_args *global, int argc, char **argv);
int oci_ps(const struct oci_args *global, int argc, char **argv);
int oci_pause(const struct oci_args *global, int argc, char **argv);
int oci_resume(const struct oci_args *global, int argc, char **argv);
int oci_update(const struct oci_args *global, int argc, char **argv);
int oci_events(const struct oci_args *global, int argc, char **argv);
int oci_list(const struct oci_args *global, int argc, char **argv);
int oci_spec(const struct oci_args *global, int argc, char **argv);
int oci_features(const struct oci_args *global, int argc, char **argv);
int oci_checkpoint(const struct oci_args *global, int argc, char **argv);
int oci_restore(const struct oci_args *global, int argc, char **argv);
