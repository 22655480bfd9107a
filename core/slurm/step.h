// step.h - ch-scrun on a node: a rank of the container's job.
// SPDX-License-Identifier: MIT
#pragma once

// Become the container of this configuration. Its exit status, or -1 after
// failed().
int step_run(const char *config);

// Run a process, as the file describes it, in the container of the job's first
// rank, on the same node. Its exit status, or -1 after failed().
int step_enter(const char *config, const char *process);
