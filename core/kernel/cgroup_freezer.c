// cgroup_freezer.c - stop all processes of a control group.
//
// A process that forks while the freezer of version 1 works may leave it at
// FREEZING for good; writing FROZEN once more takes in the new process.
// SPDX-License-Identifier: MIT
#include "core/kernel/cgroup_freezer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/base/scope.h"
#include "core/kernel/cgroup_fs.h"

#define FREEZE_MS \
    10000 // a process in a system call of a dead server stays there

static const struct {
    const char *file, *on, *off;
    const char *told,
        *stopped; // where it is told that they have stopped, and how
} freezers[] = {
    [1] = { "freezer.state", "FROZEN", "THAWED", "freezer.state", "FROZEN" },
    [2] = { "cgroup.freeze", "1", "0", "cgroup.events", "frozen 1" },
};

static bool have_stopped(int group, int version)
{
    cleanup_free char *text = cgroup_fs_read(group, freezers[version].told);

    return text != NULL && strstr(text, freezers[version].stopped) != NULL;
}

int cgroup_freezer_set(int group, int version, bool frozen)
{
    const char *file = freezers[version].file;
    const char *value = frozen ? freezers[version].on : freezers[version].off;
    const struct timespec pause = { 0, 1000000 };

    if (cgroup_fs_write(group, file, value) < 0)
        return -1;
    for (int ms = 0; frozen && !have_stopped(group, version); ms++) {
        if (ms == FREEZE_MS) {
            cgroup_fs_write(group, file, freezers[version].off);
            errno = ETIMEDOUT;
            return -1;
        }
        nanosleep(&pause, NULL);
        if (version == 1 && cgroup_fs_write(group, file, value) < 0)
            return -1;
    }
    return 0;
}

bool cgroup_freezer_is_set(int group, int version)
{
    cleanup_free char *text = cgroup_fs_read(group, freezers[version].file);

    return text != NULL && strcmp(text, freezers[version].on) == 0;
}
