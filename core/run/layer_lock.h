// layer_lock.h - one writer, or many readers, of a layer.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "core/run/container.h"

// Lock the layer in the directory "dir", whose path is "path", to write to it
// or to read it only. *lock becomes the open file, or -1 when only read and not
// to be locked. 0, or -1 after failed(), which names whoever has it.
int layer_lock(int dir, const char *path, bool write, int *lock);

// Has whoever wrote last not said that he is done? His lock went with the
// warden, which may have been killed, and his container may still be there.
bool layer_lock_is_doubtful(int lock);

// Write down who writes from now on: this process of the host's. The warden
// takes it back (warden.h).
void layer_lock_tell(int lock, const struct container *plan, pid_t pid);

// The failure that whoever wrote last still does. -1.
int layer_lock_still_written(int lock, const char *path);
