// cgroup_use.c - what is done with the control group of a container.
//
// A group may be in some hierarchies only; what is there is looked up each
// time, as others may have removed it.
// SPDX-License-Identifier: MIT
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/base/err.h"
#include "core/base/log.h"
#include "core/base/scope.h"
#include "core/base/str.h"
#include "core/kernel/cgroup_freezer.h"
#include "core/kernel/cgroup_fs.h"
#include "core/kernel/cgroup_mark.h"
#include "core/oci/cgroup.h"

#define KILL_MS 10000 // until what was killed has gone

// --- finding it

// A group of the path in any hierarchy, that of version 2 first. -1 with errno.
static int open_any(const struct cgroups *groups, const char *path)
{
    const struct cgroup_hierarchy *unified = cgroups_unified(groups);
    int group = unified == NULL ? -1 : cgroup_fs_open(unified, path);

    for (size_t i = 0; group < 0 && i < groups->count; i++)
        group = cgroup_fs_open(&groups->items[i], path);
    return group;
}

// The one by which it is stopped.
static int open_freezer(const struct cgroups *groups, const char *path,
                        int *version)
{
    const struct cgroup_hierarchy *freezer = cgroups_with(groups, "freezer");
    const struct cgroup_hierarchy *unified = cgroups_unified(groups);
    int group = freezer == NULL ? -1 : cgroup_fs_open(freezer, path);

    *version = 1;
    if (group >= 0 || unified == NULL)
        return group;
    *version = 2;
    return cgroup_fs_open(unified, path);
}

// --- stopping

bool cgroup_is_frozen(const char *path)
{
    cleanup_cgroups struct cgroups groups = { 0 };
    cleanup_close int group = -1;
    int version;

    if (path == NULL)
        return false;
    if (cgroups_read(&groups) < 0) {
        err_clear(); // one that can't be seen was not paused by us
        return false;
    }
    group = open_freezer(&groups, path, &version);
    return group >= 0 && cgroup_freezer_is_set(group, version);
}

int cgroup_freeze(const char *path, bool frozen)
{
    const char *what = frozen ? "pause" : "resume";
    cleanup_cgroups struct cgroups groups = { 0 };
    cleanup_close int group = -1;
    int version;

    if (path == NULL)
        return failed(ENOTSUP, "can't %s the container without a control group",
                      what);
    if (cgroups_read(&groups) < 0)
        return -1;
    group = open_freezer(&groups, path, &version);
    if (group < 0 || cgroup_freezer_set(group, version, frozen) < 0)
        return failed(errno, "can't %s the container by its control group %s",
                      what, path);
    return 0;
}

// --- its processes

static int compare(const void *a, const void *b)
{
    const pid_t x = *(const pid_t *)a, y = *(const pid_t *)b;

    return (x > y) - (x < y);
}

static pid_t *list_in(const struct cgroups *groups, const char *path,
                      size_t *count)
{
    cleanup_close int group = open_any(groups, path);
    struct cgroup_pids pids = { NULL, 0 };

    *count = 0;
    if (group < 0 || cgroup_fs_add_pids(group, &pids) < 0) {
        free(pids.items);
        return NULL;
    }
    *count = pids.count;
    if (pids.count > 0)
        qsort(pids.items, pids.count, sizeof *pids.items, compare);
    return pids.items;
}

pid_t *cgroup_list(const char *path, size_t *count)
{
    cleanup_cgroups struct cgroups groups = { 0 };

    *count = 0;
    if (path == NULL)
        return NULL;
    if (cgroups_read(&groups) < 0) {
        err_clear(); // the caller looks for them in another way
        return NULL;
    }
    return list_in(&groups, path, count);
}

static int signal_listed(const struct cgroups *groups, const char *path,
                         int signal)
{
    size_t count;
    cleanup_free pid_t *pids = list_in(groups, path, &count);
    int status = 0;

    for (size_t i = 0; i < count; i++)
        if (kill(pids[i], signal) < 0 && errno != ESRCH)
            status = failed(errno, "can't send signal %d to process %d", signal,
                            (int)pids[i]);
    return status;
}

// All at once, by the kernel (Linux 5.14).
static bool kill_by_file(const struct cgroups *groups, const char *path)
{
    const struct cgroup_hierarchy *unified = cgroups_unified(groups);
    cleanup_close int group =
        unified == NULL ? -1 : cgroup_fs_open(unified, path);

    return group >= 0 && cgroup_fs_write(group, "cgroup.kill", "1") == 0;
}

// While they stand still, none can fork in front of the list. A frozen one of
// version 1 dies when it thaws.
static int signal_all(const struct cgroups *groups, const char *path,
                      int signal)
{
    int version, status;
    cleanup_close int freezer = -1;
    bool stop;

    if (signal == SIGKILL && kill_by_file(groups, path))
        return 0;
    freezer = open_freezer(groups, path, &version);
    stop = freezer >= 0 && !cgroup_freezer_is_set(freezer, version) &&
           cgroup_freezer_set(freezer, version, true) == 0;
    status = signal_listed(groups, path, signal);
    if (stop && cgroup_freezer_set(freezer, version, false) < 0)
        return failed(errno, "can't resume the control group %s", path);
    return status;
}

int cgroup_kill(const char *path, int signal)
{
    cleanup_cgroups struct cgroups groups = { 0 };
    cleanup_close int group = -1;

    if (path == NULL)
        return 1;
    if (cgroups_read(&groups) < 0)
        return -1;
    group = open_any(&groups, path);
    return group < 0 ? 1 : signal_all(&groups, path, signal);
}

// --- limits

// Less than it has now would make the kernel kill one of its processes.
static int check_usage(const struct cgroups *groups, const char *path,
                       const struct resources *r)
{
    const struct cgroup_hierarchy *h = cgroups_with(groups, "memory");
    const char *file = h != NULL ? "memory.usage_in_bytes" : "memory.current";
    cleanup_close int group = -1;
    cleanup_free char *now = NULL;

    if (!r->memory.check_before_update || !r->memory.limit.set ||
        r->memory.limit.number <= 0)
        return 0;
    if (h == NULL)
        h = cgroups_unified(groups);
    group = h == NULL ? -1 : cgroup_fs_open(h, path);
    now = group < 0 ? NULL : cgroup_fs_read(group, file);
    if (now == NULL ||
        strtoull(now, NULL, 10) <= (unsigned long long)r->memory.limit.number)
        return 0;
    return failed(0,
                  RESOURCES_NAME ".memory.limit: cannot set the memory "
                                 "limit lower than its current usage, %s",
                  now);
}

static int update(const struct state *state, const struct resources *resources,
                  const struct limits *limits)
{
    cleanup_cgroups struct cgroups groups = { 0 };

    if (cgroups_read(&groups) < 0 ||
        check_usage(&groups, state->cgroup, resources) < 0)
        return -1;
    if (state->systemd_scope != NULL &&
        systemd_update(state->systemd_scope, limits) < 0)
        return -1;
    if (limits_set(limits, &groups, state->cgroup) < 0)
        return -1;
    return limits_set_devices(resources, &groups, state->cgroup);
}

static int read_limits(const struct json *resources, struct arena *arena,
                       struct resources *read, struct limits *limits)
{
    if (fields_read(spec_resources_fields, RESOURCES_NAME, resources, arena,
                    read) < 0 ||
        spec_resources_check(read, "update") < 0)
        return -1;
    // no limit of memory may be above that of memory with swap
    if (read->memory.limit.set && read->memory.limit.number < 0 &&
        !read->memory.swap.set)
        read->memory.swap = read->memory.limit;
    return limits_of(read, arena, limits);
}

int cgroup_update(const struct state *state, const struct json *resources)
{
    struct arena arena = { NULL };
    struct resources read = { .rdma = NULL };
    struct limits limits;
    int status = -1;

    if (state->cgroup == NULL)
        return failed(ENOTSUP,
                      "can't limit the container without a control group");
    if (read_limits(resources, &arena, &read, &limits) == 0)
        status = update(state, &read, &limits);
    arena_free(&arena);
    return status;
}

// --- removing

static void kill_rest(const struct cgroups *groups, const char *path)
{
    const struct timespec pause = { 0, 1000000 };
    int version;
    cleanup_close int freezer = open_freezer(groups, path, &version);

    for (int ms = 0; ms < KILL_MS; ms++) {
        size_t count;

        free(list_in(groups, path, &count)); // how many is enough
        if (count == 0)
            return;
        if (signal_all(groups, path, SIGKILL) < 0)
            err_clear(); // removing tells what is left
        if (freezer >= 0 && cgroup_freezer_is_set(freezer, version))
            cgroup_freezer_set(freezer, version, false);
        nanosleep(&pause, NULL);
    }
}

// The length of the path of the topmost group that was made for this container
// alone.
static size_t topmost(const struct cgroup_hierarchy *h,
                      const struct state *state)
{
    uint64_t length;

    for (size_t i = 0; i < state->cgroups_made_count; i++)
        if (strcmp(state->cgroups_made[i].name, h->dir) == 0 &&
            str_to_u64(state->cgroups_made[i].value, &length) == 0 &&
            length > 0)
            return (size_t)length;
    return SIZE_MAX; // none
}

static int remove_in(const struct cgroup_hierarchy *h,
                     const struct state *state)
{
    if (cgroup_fs_remove(h, state->cgroup) < 0) {
        if (errno == EACCES || errno == EPERM || errno == EROFS)
            return 0; // not ours, and so not made by us
        return failed(errno, "can't remove the control group %s%s", h->dir,
                      state->cgroup);
    }
    cgroup_mark_remove_above(h, state->cgroup, topmost(h, state));
    return 0;
}

int cgroup_remove(const struct state *state)
{
    const char *path = state->cgroup;
    cleanup_cgroups struct cgroups groups = { 0 };

    // of a folder that others have written: never all of the host
    if (path == NULL || path[0] != '/' || path[1 + strspn(path + 1, "/.")] == 0)
        return 0;
    if (cgroups_read(&groups) < 0)
        return -1;
    kill_rest(&groups, path);
    for (size_t i = 0; i < groups.count; i++)
        if (remove_in(&groups.items[i], state) < 0)
            return -1;
    return 0;
}
