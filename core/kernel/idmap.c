// idmap.c - who is who between a user namespace and the one above it.
// SPDX-License-Identifier: MIT
#include "core/kernel/idmap.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

#include "core/base/err.h"
#include "core/base/fs.h"
#include "core/base/scope.h"

#define MAP_LINE 64   // bytes of "INSIDE OUTSIDE 1\n"
#define MAP_MAX 65536 // bytes of a map that is read; the kernel has 340 lines

static int write_line(const char *path, unsigned inside, unsigned outside)
{
    char line[MAP_LINE];

    snprintf(line, sizeof line, "%u %u 1\n", inside, outside);
    if (fs_poke(path, line) < 0)
        return failed(errno, "can't map id %u to %u in %s", outside, inside,
                      path);
    return 0;
}

int idmap_write(const struct idmap *map)
{
    // Linux before 3.19 lacks the file, and does not demand it either.
    if (fs_poke("/proc/self/setgroups", "deny") < 0 && errno != ENOENT)
        return failed(errno, "can't deny setgroups in the user namespace");
    if (write_line("/proc/self/uid_map", map->uid_inside, map->uid_outside) < 0)
        return -1;
    return write_line("/proc/self/gid_map", map->gid_inside, map->gid_outside);
}

bool idmap_is_single(void)
{
    cleanup_free char *map =
        fs_read(AT_FDCWD, "/proc/self/uid_map", MAP_MAX, NULL);
    unsigned count = 0;
    int end = 0;

    if (map == NULL) {
        err_clear(); // without user namespaces there is no such file
        return false;
    }
    // NOLINTNEXTLINE(cert-err34-c): the kernel's own numbers
    sscanf(map, "%*u %*u %u %n", &count, &end);
    return count == 1 && map[end] == '\0';
}
