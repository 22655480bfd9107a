// lowlevel.h - the only door to libfuse3.
// SPDX-License-Identifier: MIT
#pragma once

#define FUSE_USE_VERSION 317

#include <fuse3/fuse_lowlevel.h>
