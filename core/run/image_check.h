// image_check.h - what is told of an image's path before it is used.
// SPDX-License-Identifier: MIT
#pragma once

// Each: 0, or -1 after failed().

// Of --mount; NULL: none was given.
int image_check_mount_point(const char *path);

// Is it a runtime bundle, and not a root directory?
int image_check_bundle(const char *path);

// May the caller look into the directory?
int image_check_search(const char *path);
