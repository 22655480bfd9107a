// resctrl.h - shares of caches and of memory's bandwidth, by the kernel's
// resctrl file system.
//
// A group is a directory there, named by whoever makes it; "/" is the one that
// all processes are in at first. What it may use is in lines of its file
// "schemata", as "L3:0=7f0;1=1f". Source:
// Documentation/filesystems/resctrl.rst.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdbool.h>
#include <sys/types.h>

// Where it is mounted first, O_PATH; -1 after failed(), also when it is not.
int resctrl_open(void);

// Open the group; -1 with errno.
int resctrl_group(int resctrl, const char *name);

// Does the group have these values of this line, of which only those are looked
// at that it names? 1, 0, or -1 after failed().
int resctrl_has(int group, const char *line);

// Write one line. 0, or -1 with errno.
int resctrl_set(int group, const char *line);

// Put the process there. 0, or -1 with errno.
int resctrl_enter(int group, pid_t pid);
