// probe.h - what the files of the test program share.
// SPDX-License-Identifier: MIT
#pragma once

// Print errno's text; returns the exit status for "the probe itself failed".
int die(const char *what);

// attack NAME [ARG]: try what only root may do (attack.c).
int attack(char **argv);

// faked: make the calls that ch-run --seccomp answers itself (faked.c).
int faked(char **argv);
