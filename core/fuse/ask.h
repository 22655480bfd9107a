// ask.h - ask the server of a mounted image what it has done.
//
// The question goes where all its requests come from, through the mount:
// nothing has to be kept anywhere for it, and whoever can't see the mount can't
// ask.
// SPDX-License-Identifier: MIT
#pragma once

#include <sys/ioctl.h>

#include "core/fuse/counters.h"

// Of a directory or file in the mount, by a request that no other file system
// takes for its own.
#define ASK_STATISTICS _IOR(0xc4, 0x51, char[COUNTERS_TEXT])

// Ask the server of the image that is mounted at "path"; see counters_text().
// 0, or -1 after failed().
int ask_statistics(const char *path, char text[COUNTERS_TEXT]);
