// mountable.h - an image on its way to a mount point.
//
// In the order of use: open; start and put; check; close, which leaves the
// mount as it is. Started first, the server can be outside of a mount namespace
// that is made in between; put first, somebody else may do it, see
// mountable_served(). Several images may go this way at a time.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "core/fuse/served.h"
#include "core/run/mounting.h"

struct mountable;

// Find out whether the plan's image is one. Owners of files are shown as they
// are, or as the calling user where his namespace or permissions demand it.
// NULL after failed().
struct mountable *mountable_open(const struct mounting *plan);
void mountable_close(struct mountable **image);
#define cleanup_mountable __attribute__((cleanup(mountable_close)))

// Start the server, if it takes one. 0, or -1 after failed().
int mountable_start(struct mountable *image);

// Mount it at the plan's directory. 0, or -1 after failed().
int mountable_put(struct mountable *image);

// Is it there for a process that looks now? 0, or -1 after failed().
int mountable_check(const struct mountable *image);

// The image's absolute path, and what serves it (NULL: the kernel); both are
// borrowed.
const char *mountable_source(const struct mountable *image);
struct served *mountable_served(const struct mountable *image);
