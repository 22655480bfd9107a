// fuse_use.h - whether a SquashFS image is shown by FUSE.
// SPDX-License-Identifier: MIT
#pragma once

enum fuse_use {
    FUSE_PREFER,  // else by the kernel, or from memory
    FUSE_REQUIRE, // else it is an error
    FUSE_NEVER,
};
