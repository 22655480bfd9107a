// idmap.c - who is who between a user namespace and the one above it.
// SPDX-License-Identifier: MIT
#include "core/kernel/idmap.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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
        return failed(errno, "can't map id %u to %u in %s%s", outside, inside,
                      path, errno == ENOENT ? " (/proc must be mounted)" : "");
    return 0;
}

struct idmap idmap_of_caller(uid_t uid, gid_t gid)
{
    return (struct idmap){ .uid_inside = uid,
                           .uid_outside = geteuid(),
                           .gid_inside = gid,
                           .gid_outside = getegid() };
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

// A map has lines of three numbers: INSIDE OUTSIDE COUNT.
bool idmap_is_single(void)
{
    cleanup_free char *map =
        fs_read(AT_FDCWD, "/proc/self/uid_map", MAP_MAX, NULL);
    char *end;

    if (map == NULL) {
        err_clear(); // a kernel without user namespaces has no such file
        return false;
    }
    strtoul(map, &end, 10);
    strtoul(end, &end, 10);
    return strtoul(end, &end, 10) == 1 && strcmp(end, "\n") == 0;
}

// Lines of INSIDE OUTSIDE COUNT; read from within, OUTSIDE is of the namespace
// above (user_namespaces(7)).
static int find_outer(const char *path, unsigned inside, unsigned *outside)
{
    cleanup_free char *map = fs_read(AT_FDCWD, path, MAP_MAX, NULL);
    char *at = map;

    if (map == NULL && err_num() == ENOENT) {
        err_clear(); // a kernel without user namespaces has no such file
        *outside = inside;
        return 0;
    }
    while (at != NULL && *at != '\0') {
        unsigned long first = strtoul(at, &at, 10);
        unsigned long above = strtoul(at, &at, 10);
        unsigned long count = strtoul(at, &at, 10);

        if (inside >= first && inside - first < count) {
            *outside = (unsigned)(above + (inside - first));
            return 0;
        }
        at += strspn(at, "\n");
        if (count == 0)
            break;
    }
    if (map == NULL)
        return -1;
    return failed(0, "%s: no entry for id %u", path, inside);
}

int idmap_outer_user(uid_t *uid)
{
    return find_outer("/proc/self/uid_map", geteuid(), uid);
}

int idmap_outer_group(gid_t *gid)
{
    return find_outer("/proc/self/gid_map", getegid(), gid);
}
