// cgroup_freezer.h - stop all processes of a control group, and let them go on.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdbool.h>

// Stop the processes of the group (cgroup_fs.h) and of those below it, or let
// them go on. Version 1: it is a group of the controller "freezer". Returns
// when they have stopped: 0, or -1 with errno, ETIMEDOUT if they don't, in
// which case they go on.
int cgroup_freezer_set(int group, int version, bool frozen);

// Was it told to stop?
bool cgroup_freezer_is_set(int group, int version);
