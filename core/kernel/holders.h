// holders.h - which processes keep a mount busy.
// SPDX-License-Identifier: MIT
#pragma once

#include <stddef.h>
#include <sys/types.h>

#include "core/kernel/mountinfo.h"

#define HOLDER_NAME_SIZE 16 // bytes of a process's name, with the NUL: comm

struct holder {
    pid_t pid;
    char name[HOLDER_NAME_SIZE]; // of the program
    const char *how;             // "has its working directory there"
};

// Look through the processes of /proc for users of this mount, without
// touching its files. Only processes that the caller may look into are seen
// (ptrace(2), access mode checking). The number of them; *first is one, not
// the caller itself if there is another.
size_t holders_find(const struct mountinfo_entry *mount, struct holder *first);
