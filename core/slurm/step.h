// step.h - ch-scrun on a node: a rank of the container's job.
// SPDX-License-Identifier: MIT
#pragma once

// Become the container of this configuration. Its exit status, or -1 after
// failed().
int step_run(const char *config);

// Names what a further process is to be, as in config.json. It is one string of
// an environment, which the kernel takes up to 128 KiB of (MAX_ARG_STRLEN).
#define STEP_PROCESS "CH_SCRUN_PROCESS"
#define STEP_PROCESS_MAX ((127 << 10) - (int)sizeof STEP_PROCESS)

// Run that process in the container of the job's first rank, on the same node.
// Its exit status, or -1 after failed().
int step_enter(const char *config);
