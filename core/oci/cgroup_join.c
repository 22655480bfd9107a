// cgroup_join.c - a further process comes to the control group of a container.
// SPDX-License-Identifier: MIT
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/base/err.h"
#include "core/base/scope.h"
#include "core/base/str.h"
#include "core/kernel/cgroup_fs.h"
#include "core/oci/cgroup.h"

#define NAME_SIZE 64 // bytes of a controller's

// "PATH" or, of some hierarchies of version 1 only, "CONTROLLER,...:PATH".
static const char *path_of(const char *place)
{
    const char *colon = strchr(place, ':');

    return colon != NULL ? colon + 1 : place;
}

// The next of the controllers of a place, in "name"; NULL: there is none.
static const char *next_controller(const char *from, char name[NAME_SIZE])
{
    size_t length = strcspn(from, ",:");

    if (from[length] == '\0')
        return NULL;
    snprintf(name, NAME_SIZE, "%.*s", (int)length, from);
    return from + length + (from[length] == ',');
}

// Is the place one of this hierarchy, by one of the controllers that it names?
static bool is_in(const struct cgroups *groups,
                  const struct cgroup_hierarchy *h, const char *place)
{
    char name[NAME_SIZE];

    if (strchr(place, ':') == NULL)
        return false;
    for (const char *at = next_controller(place, name); at != NULL;
         at = at[0] == ':' ? NULL : next_controller(at, name))
        if (cgroups_with(groups, name) == h)
            return true;
    return false;
}

static int check_place(const struct cgroups *groups, const char *place)
{
    const char *path = path_of(place);
    char name[NAME_SIZE];

    if (strcmp(path, "..") == 0 || str_starts(path, "../") ||
        strstr(path, "/../") != NULL || str_ends(path, "/.."))
        return failed(0,
                      "--cgroup: bad sub cgroup path: `..` components are not "
                      "allowed: %s",
                      place);
    if (path == place)
        return 0;
    for (const char *at = next_controller(place, name); at != NULL;
         at = at[0] == ':' ? NULL : next_controller(at, name))
        if (cgroups_with(groups, name) == NULL)
            return failed(0, "--cgroup: unknown controller %s: %s", name,
                          place);
    return 0;
}

// "below" is NULL for the container's own. The container has made groups where
// it could; "near": elsewhere, its own is good enough. 1: into the very group;
// 0, or -1 after failed().
static int join_one(const struct cgroup_hierarchy *h, const char *path,
                    const char *below, bool near, pid_t pid)
{
    cleanup_free char *whole =
        below == NULL ? str_dup(path) : str_printf("%s/%s", path, below);
    cleanup_close int exact = whole == NULL ? -1 : cgroup_fs_open(h, whole);
    cleanup_close int other =
        exact < 0 && near && whole != NULL ? cgroup_fs_open(h, path) : -1;
    int group = exact >= 0 ? exact : other;

    if (whole == NULL)
        return -1;
    if (group < 0 && errno == ENOENT && near)
        return 0;
    if (group < 0 || cgroup_fs_join(group, pid) < 0)
        return failed(errno,
                      "can't exec: adding pid %d to the control group "
                      "%s%s",
                      (int)pid, h->dir, exact < 0 && near ? path : whole);
    return exact >= 0 ? 1 : 0;
}

static int join_all(const struct cgroups *groups, const char *path,
                    const struct strlist *places, pid_t pid)
{
    const char *general = NULL; // for hierarchies that none names
    bool found = false;

    for (size_t p = 0; p < places->count; p++)
        if (strchr(places->items[p], ':') == NULL)
            general = places->items[p];
    for (size_t i = 0; i < groups->count; i++) {
        const char *own = NULL;
        int joined;

        for (size_t p = 0; p < places->count; p++)
            if (is_in(groups, &groups->items[i], places->items[p]))
                own = path_of(places->items[p]);
        joined = join_one(&groups->items[i], path, own != NULL ? own : general,
                          own == NULL, pid);
        if (joined < 0)
            return -1;
        found = found || joined > 0;
    }
    return general == NULL || found
               ? 0
               : failed(ENOENT,
                        "can't exec: adding pid %d to the control group %s "
                        "below the container's",
                        (int)pid, general);
}

int cgroup_join(const char *path, const struct strlist *places, pid_t pid)
{
    cleanup_cgroups struct cgroups groups = { 0 };

    if (path == NULL)
        return places->count == 0
                   ? 0
                   : failed(0, "the container has no control group for %s",
                            places->items[0]);
    if (cgroups_read(&groups) < 0)
        return -1;
    for (size_t p = 0; p < places->count; p++)
        if (check_place(&groups, places->items[p]) < 0)
            return -1;
    return join_all(&groups, path, places, pid);
}
