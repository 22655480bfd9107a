// capabilities.h - the five sets of a process's capabilities (capabilities(7)).
// SPDX-License-Identifier: MIT
#pragma once

#include <stdbool.h>
#include <stdint.h>

// Bit N is capability N.
struct capabilities {
    uint64_t bounding, effective, inheritable, permitted, ambient;
};

// The number of "CAP_SYS_ADMIN", in any case, with or without "CAP_"; -1: there
// is none that is known here.
int capabilities_find(const char *name);

// "CAP_CHOWN" of 0; NULL: no more.
const char *capabilities_name(unsigned number);

// Those that the kernel knows.
uint64_t capabilities_known(void);

// Those that this process may have: its permitted ones. 0 if it can't be told.
uint64_t capabilities_held(void);

// Drop all but these from the bounding set. 0, or -1 after failed().
int capabilities_bound(uint64_t bounding);

// Keep the permitted ones over the next change of user. 0, or -1 after
// failed().
int capabilities_keep(void);

// Have these, but for the bounding set. Ambient ones that the kernel refuses
// are left out. 0, or -1 after failed().
int capabilities_set(const struct capabilities *sets);
