// fusermount.h - mounts of an ordinary user that more than his own command
// sees, by the setuid program that comes with FUSE: fusermount3(1).
// SPDX-License-Identifier: MIT
#pragma once

#include <stdbool.h>

// Have an image mounted at "dir", read-only, for the calling user. "source"
// is what /proc/mounts shows. The device of the mount, to be served and
// closed, or -1 after failed().
int fusermount_mount(const char *source, const char *dir);

// Have the user's own mount at "dir" unmounted. 0; or -1 without failed(),
// with the reason in *reason, which the caller frees (NULL: no memory).
int fusermount_unmount(const char *dir, bool lazily, char **reason);
