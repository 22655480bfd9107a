// limits_set.c - write limits to the files of control groups.
//
// Some files of a controller constrain each other (memory with and without
// swap, quota and period), and the order that suits a limit that is raised
// fails for one that is lowered: so what is refused is tried once more after
// the others.
// SPDX-License-Identifier: MIT
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"
#include "core/base/log.h"
#include "core/base/scope.h"
#include "core/base/str.h"
#include "core/kernel/cgroup_fs.h"
#include "core/oci/limits.h"

// --- one of them

// With the first word of the file as it is.
static int write_second(int group, const struct limit *limit)
{
    cleanup_free char *now = cgroup_fs_read(group, limit->file);
    cleanup_free char *value = NULL;

    if (now == NULL)
        return -1;
    value = str_printf("%.*s %s", (int)strcspn(now, " "), now, limit->value);
    return value == NULL ? -1 : cgroup_fs_write(group, limit->file, value);
}

static int write_limit(int group, const struct limit *limit)
{
    int status = limit->second
                     ? write_second(group, limit)
                     : cgroup_fs_write(group, limit->file, limit->value);

    if (status < 0 && errno == ENOENT && limit->other_file != NULL)
        status = cgroup_fs_write(group, limit->other_file, limit->other_value);
    if (status < 0 && errno == ENOENT &&
        (limit->optional || limit->unlimited)) {
        log_step(RESOURCES_NAME ".%s: left out, as this kernel has no %s",
                 limit->member, limit->file);
        return 0;
    }
    return status;
}

static bool has_controller(int group, const char *controller)
{
    cleanup_free char *all = cgroup_fs_read(group, "cgroup.controllers");
    char *rest = all;
    char *word;

    while ((word = strsep(&rest, " ")) != NULL)
        if (strcmp(word, controller) == 0)
            return true;
    return strcmp(controller, "cgroup") == 0;
}

// In words that callers of crun know.
static int explain(int group, const struct limit *limit,
                   const struct cgroup_hierarchy *hierarchy, const char *path)
{
    int errnum = errno;

    if (limit->version == 2 &&
        (errnum == ENOENT || errnum == EPERM || errnum == EACCES) &&
        !has_controller(group, limit->controller))
        return failed(
            0,
            RESOURCES_NAME
            ".%s: invalid configuration: controller `%s` is not available "
            "under %s%s/cgroup.controllers",
            limit->member, limit->controller, hierarchy->dir, path);
    return failed(
        errnum, "can't set " RESOURCES_NAME ".%s: write \"%s\" to %s%s/%s",
        limit->member, limit->value, hierarchy->dir, path, limit->file);
}

// --- where it belongs

// NULL without failed(): the other version has it; with *status -1 after
// failed().
static const struct cgroup_hierarchy *find_hierarchy(
    const struct limit *limit, const struct cgroups *groups, int *status)
{
    const struct cgroup_hierarchy *one = cgroups_with(
        groups,
        strcmp(limit->controller, "io") == 0 ? "blkio" : limit->controller);

    *status = 0;
    if (limit->version == 1)
        return one;
    if (one != NULL && !str_starts(limit->member, "unified."))
        return NULL;
    if (one != NULL)
        *status = failed(0,
                         RESOURCES_NAME ".%s: invalid configuration: "
                                        "controller `%s` is one of version 1 "
                                        "on this host",
                         limit->member, limit->controller);
    else if (limit->lacks != NULL)
        *status =
            failed(0, RESOURCES_NAME ".%s: %s", limit->member, limit->lacks);
    else if (limit->file == NULL && !limit->unlimited)
        *status = failed(0,
                         RESOURCES_NAME ".%s: version 2 of control groups "
                                        "has no such limit",
                         limit->member);
    else if (cgroups_unified(groups) == NULL && !limit->unlimited &&
             !limit->optional)
        *status = failed(0,
                         RESOURCES_NAME ".%s: controller `%s` is not "
                                        "available on this host",
                         limit->member, limit->controller);
    return *status < 0 || limit->file == NULL ? NULL : cgroups_unified(groups);
}

// 0; 1: try again after the others; -1 after failed().
static int set_one(const struct limit *limit, const struct cgroups *groups,
                   const char *path, bool again)
{
    int status;
    const struct cgroup_hierarchy *hierarchy =
        find_hierarchy(limit, groups, &status);
    cleanup_close int group = -1;

    if (hierarchy == NULL)
        return status;
    group = cgroup_fs_open(hierarchy, path);
    if (group < 0)
        return failed(errno,
                      "can't set " RESOURCES_NAME ".%s: can't open the "
                      "control group %s%s",
                      limit->member, hierarchy->dir, path);
    if (write_limit(group, limit) == 0)
        return 0;
    if (again && (errno == EINVAL || errno == EBUSY))
        return 1;
    return explain(group, limit, hierarchy, path);
}

int limits_set(const struct limits *limits, const struct cgroups *groups,
               const char *path)
{
    cleanup_free bool *late = calloc(limits->count + 1, sizeof *late);

    if (late == NULL)
        return failed(errno, "can't set the limits");
    for (size_t i = 0; i < limits->count; i++) {
        int status = set_one(&limits->items[i], groups, path, true);

        if (status < 0)
            return -1;
        late[i] = status == 1;
    }
    for (size_t i = 0; i < limits->count; i++)
        if (late[i] && set_one(&limits->items[i], groups, path, false) < 0)
            return -1;
    return 0;
}
