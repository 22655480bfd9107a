// mount_shown.h - is what a path leads to the mount that was just made there?
//
// A path in a container can be made to lead elsewhere between two looks at it
// (CVE-2021-30465), so that the options meant for a mount would be another's.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdbool.h>
#include <sys/stat.h>

// Is the descriptor that of the root of a mount, and does it show this file?
// Who swaps that for another mount of the same file wins nothing by it.
bool mount_shown(int fd, const struct stat *file);
