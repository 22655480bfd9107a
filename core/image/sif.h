// sif.h - the SquashFS image in a SIF file, as Apptainer and SingularityCE
// make them.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdbool.h>
#include <stdint.h>

// Is it a SIF file, by its magic?
bool sif_is(int fd);

// Where in it the system's SquashFS begins, in bytes. 0, or -1 after failed():
// there is none; the file is called by this name then.
int sif_find(int fd, const char *name, uint64_t *offset);
