// device.h - device files.
// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

// The S_IF* of the letter that mknod(1) has for it ("c", "b", "p", "u"); 0: it
// is none.
mode_t device_type(const char *letter);

// Make the file "name" in the directory, by the process's umask. 0; 1: the same
// device is there already, and stays; or -1 with errno, EEXIST for anything
// else.
int device_make(int dir, const char *name, mode_t mode, dev_t number);
