// orphan.h - outputs that were never completed.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdbool.h>
#include <stddef.h>

// ".NAME.part-PID", NAME cut where it would be too long; "again" is added to
// the number where one is taken.
void orphan_name(char *part, size_t room, const char *name, unsigned again);

// Lock what is open as one that is being written. 0; -1 if somebody takes it
// for an orphan right now.
int orphan_lock(int fd, int dir, const char *part);

// Remove those in the directory that nobody has locked: those of one name, or
// of all if it is NULL. How many; -1 with errno.
int orphan_remove(int dir, const char *name);
