// cgroup.c - the control group of a container: where it is, and how it is made.
// SPDX-License-Identifier: MIT
#include "core/oci/cgroup.h"

#include <errno.h>
#include <sched.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/errno_text.h"
#include "core/base/log.h"
#include "core/base/scope.h"
#include "core/base/str.h"
#include "core/kernel/caps.h"
#include "core/kernel/cgroup_fs.h"

int cgroup_manager_of(const char *word, enum cgroup_manager *manager)
{
    static const char *const words[] = { [CGROUP_FILES] = "cgroupfs",
                                         [CGROUP_SYSTEMD] = "systemd",
                                         [CGROUP_DISABLED] = "disabled" };

    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(words[i], word) == 0) {
            *manager = (enum cgroup_manager)i;
            return 0;
        }
    return failed(
        0, "--cgroup-manager: %s is none of cgroupfs, systemd, disabled", word);
}

// --- is one needed?

// Rules for devices are in every configuration; a user namespace holds them,
// too.
bool cgroup_is_asked_for(const struct spec *spec, enum cgroup_manager manager)
{
    bool powerful = caps_may_mount() &&
                    jail_find_namespace(&spec->jail, CLONE_NEWUSER) == NULL;
    struct arena arena = { NULL };
    struct limits limits;
    bool limited;

    if (manager == CGROUP_DISABLED)
        return false;
    if (powerful && ((spec->cgroups_path != NULL && spec->cgroups_path[0]) ||
                     spec->resources.devices.count > 0))
        return true;
    limited = limits_of(&spec->resources, &arena, &limits) < 0 ||
              limits_first(&limits) != NULL;
    err_clear(); // what contradicts itself is told of when the group is made
    arena_free(&arena);
    return limited;
}

// --- where it is to be

static const char *keep(struct state *state, const char *text)
{
    size_t size = strlen(text) + 1;

    return memcpy(arena_take(&state->arena, size, 1), text, size);
}

// With a slash before each name, and no other. The caller frees.
static char *clean_path(const char *given)
{
    char *path = calloc(strlen(given) + 2, 1);
    char *to = path;

    if (path == NULL) {
        failed(errno, "can't keep linux.cgroupsPath");
        return NULL;
    }
    for (const char *at = given + strspn(given, "/"); *at != '\0';
         at += strspn(at, "/")) {
        size_t length = strcspn(at, "/");

        if (length != 1 || at[0] != '.') {
            *to++ = '/';
            memcpy(to, at, length);
            to += length;
        }
        at += length;
    }
    return path;
}

static char *given_path(const char *given)
{
    cleanup_free char *path = clean_path(given);

    if (path == NULL)
        return NULL;
    if (path[0] == '\0') {
        failed(0,
               "linux.cgroupsPath: the root of all control groups can't be "
               "a container's: %s",
               given);
        return NULL;
    }
    if (strstr(path, "/../") != NULL || str_ends(path, "/..")) {
        failed(0, "linux.cgroupsPath: `..` components are not allowed: %s",
               given);
        return NULL;
    }
    return steal_ptr(&path);
}

static bool may_make_in(const struct cgroup_hierarchy *h, const char *path)
{
    cleanup_free char *dir = cgroups_dir(h, path);
    cleanup_free char *procs =
        dir == NULL ? NULL : str_printf("%s/cgroup.procs", dir);

    return procs != NULL && access(dir, W_OK) == 0 && access(procs, W_OK) == 0;
}

// Beside the caller's group if that may be, as a group with processes can't
// hand out controllers; else in it.
static char *users_path(const struct cgroups *groups, const char *name)
{
    const struct cgroup_hierarchy *h = cgroups_unified(groups);
    cleanup_free char *beside = NULL;

    if (h == NULL || h->own == NULL)
        return str_printf("/%s", name);
    beside = str_ndup(h->own, (size_t)(strrchr(h->own, '/') - h->own));
    if (beside == NULL)
        return NULL;
    if (may_make_in(h, beside) || strcmp(h->own, "/") == 0)
        return str_printf("%s/%s", beside, name);
    return str_printf("%s/%s", h->own, name);
}

// Ids are unique in one folder of states only; the process that makes the group
// is its own for long enough.
static char *usual_name(const char *id)
{
    return str_printf("ch-oci-%s.%d", id, (int)getpid());
}

static int find_path(const struct cgroups *groups, const struct spec *spec,
                     const char *id, char **path)
{
    cleanup_free char *name = usual_name(id);

    if (name == NULL)
        return -1;
    if (spec->cgroups_path != NULL && spec->cgroups_path[0] != '\0')
        *path = given_path(spec->cgroups_path);
    else if (geteuid() != 0)
        *path = users_path(groups, name);
    else
        *path = str_printf("/%s", name);
    return *path == NULL ? -1 : 0;
}

// Without systemd there is no part of the tree that is the user's by its name.
static int find_scope(const struct cgroups *groups, const struct spec *spec,
                      struct state *state, struct systemd_scope *scope,
                      char **path)
{
    cleanup_free char *name = usual_name(state->id);

    if (name == NULL ||
        systemd_place(spec->cgroups_path, name, &state->arena, scope) < 0)
        return -1;
    if (systemd_is_running())
        state->systemd_scope = scope->name;
    else if (geteuid() != 0)
        *path = users_path(groups, name);
    if (*path == NULL)
        *path = str_dup(scope->path);
    return *path == NULL ? -1 : 0;
}

// Processes there would be limited, paused and killed with the container's.
static int check_empty(const struct cgroup_hierarchy *h, const char *path)
{
    cleanup_close int group = cgroup_fs_open(h, path);
    struct cgroup_pids pids = { NULL, 0 };
    int status = 0;

    if (group < 0)
        return 0;
    if (cgroup_fs_add_pids(group, &pids) == 0 && pids.count > 0)
        status = failed(0,
                        "container's cgroup is not empty: process %d is in "
                        "%s%s",
                        (int)pids.items[0], h->dir, path);
    free(pids.items);
    return status;
}

// A process put there would stop before it has begun, and its maker with it.
static int check_thawed(const char *path)
{
    return cgroup_is_frozen(path)
               ? failed(0, "container's cgroup unexpectedly frozen: %s", path)
               : 0;
}

// Of the groups on the way, those that are not there yet are for this container
// alone: the length of the path of the topmost, by the hierarchy's directory.
static int look_at(const struct cgroups *groups, const char *path,
                   struct state *state)
{
    struct pair *made =
        arena_take(&state->arena, groups->count + 1, sizeof *made);

    state->cgroups_made = made;
    for (size_t i = 0; i < groups->count; i++) {
        size_t missing = cgroup_fs_missing(&groups->items[i], path);
        char text[24];

        if (missing == 0) {
            if (check_empty(&groups->items[i], path) < 0)
                return -1;
            continue;
        }
        snprintf(text, sizeof text, "%zu", missing);
        made->name = keep(state, groups->items[i].dir);
        made->value = keep(state, text);
        made++;
        state->cgroups_made_count++;
    }
    return 0;
}

static int choose_path(struct cgroup_plan *plan, const struct spec *spec,
                       enum cgroup_manager manager, struct state *state)
{
    cleanup_cgroups struct cgroups groups = { 0 };
    cleanup_free char *path = NULL;

    if (cgroups_read(&groups) < 0)
        return -1;
    if (groups.count == 0) {
        log_step("no control group: this host has none mounted");
        return 0;
    }
    if (manager == CGROUP_SYSTEMD
            ? find_scope(&groups, spec, state, &plan->scope, &path) < 0
            : find_path(&groups, spec, state->id, &path) < 0)
        return -1;
    if (check_thawed(path) < 0 || look_at(&groups, path, state) < 0)
        return -1;
    state->cgroup = keep(state, path);
    return 0;
}

// --- refusing limits

static int refuse_limits(const struct cgroup_plan *plan)
{
    const struct limit *limit = limits_first(&plan->limits);

    if (limit == NULL)
        return 0;
    return failed(0,
                  RESOURCES_NAME ".%s can't be kept: there is no control group "
                                 "that may be written to (an ordinary user "
                                 "gets one by systemd-run --user --scope "
                                 "-p Delegate=yes)",
                  limit->member);
}

int cgroup_choose(struct cgroup_plan *plan, const struct spec *spec,
                  enum cgroup_manager manager, struct state *state)
{
    *plan = (struct cgroup_plan){ .scope.name = NULL };
    plan->resources = &spec->resources;
    if (limits_of(plan->resources, &state->arena, &plan->limits) < 0)
        return -1;
    if (manager == CGROUP_DISABLED) {
        log_step("no control group, as the command line says");
        return 0;
    }
    if (choose_path(plan, spec, manager, state) < 0)
        return -1;
    return state->cgroup == NULL ? refuse_limits(plan) : 0;
}

// --- making it

static bool is_refusal(int errnum)
{
    return errnum == EACCES || errnum == EPERM || errnum == EROFS;
}

// 1: made; 0: it may not be; -1 after failed().
static int make_in(const struct cgroup_hierarchy *h, const struct state *state)
{
    if (cgroup_fs_make(h, state->cgroup) == 0)
        return 1;
    if (!is_refusal(errno))
        return failed(errno, "can't make the control group %s%s", h->dir,
                      state->cgroup);
    log_step("no control group %s%s: %s", h->dir, state->cgroup,
             errno_text(errno));
    return 0;
}

static int join_in(const struct cgroup_hierarchy *h, const char *path,
                   pid_t pid)
{
    cleanup_close int group = cgroup_fs_open(h, path);

    if (group < 0)
        return errno == ENOENT ? 0 : -1;
    return cgroup_fs_join(group, pid) < 0 ? -1 : 1;
}

static int make_all(const struct cgroups *groups, const struct state *state)
{
    int made = 0;

    for (size_t i = 0; i < groups->count; i++) {
        int status = make_in(&groups->items[i], state);

        if (status < 0)
            return -1;
        made += status;
    }
    return made;
}

static int join_all(const struct cgroups *groups, const char *path, pid_t pid)
{
    int joined = 0;

    for (size_t i = 0; i < groups->count; i++) {
        int status = join_in(&groups->items[i], path, pid);

        if (status < 0 && !is_refusal(errno))
            return failed(errno,
                          "can't put process %d in the control group "
                          "%s%s",
                          (int)pid, groups->items[i].dir, path);
        if (status < 0)
            log_step("process %d may not go to %s%s", (int)pid,
                     groups->items[i].dir, path);
        joined += status == 1;
    }
    return joined;
}

// The process is in all groups that could be made, or in none.
static int give_up(const struct cgroup_plan *plan, struct state *state)
{
    if (refuse_limits(plan) < 0 || cgroup_remove(state) < 0)
        return -1;
    log_step("no control group of the container's own");
    state->cgroup = NULL;
    return 0;
}

static void try_systemd(const struct cgroup_plan *plan, struct state *state,
                        const struct cgroups *groups, pid_t pid)
{
    if (plan->scope.name == NULL)
        return;
    if (state->systemd_scope == NULL) {
        log_step("systemd is not running: %s is a control group of our own",
                 state->cgroup);
        return;
    }
    if (systemd_start(&plan->scope, &plan->limits, groups, pid) == 0)
        return;
    log_warn("%s; %s becomes a control group of our own", err_text(),
             state->cgroup);
    err_clear();
    state->systemd_scope = NULL;
}

int cgroup_enter(const struct cgroup_plan *plan, struct state *state, pid_t pid)
{
    cleanup_cgroups struct cgroups groups = { 0 };
    int count;

    if (state->cgroup == NULL)
        return 0;
    if (cgroups_read(&groups) < 0)
        return -1;
    try_systemd(plan, state, &groups, pid);
    count = make_all(&groups, state);
    if (count <= 0)
        return count < 0 ? -1 : give_up(plan, state);
    if (limits_set(&plan->limits, &groups, state->cgroup) < 0 ||
        limits_set_devices(plan->resources, &groups, state->cgroup) < 0)
        return -1;
    count = join_all(&groups, state->cgroup, pid);
    if (count <= 0)
        return count < 0 ? -1 : give_up(plan, state);
    log_step("process %d is in the control group %s", (int)pid, state->cgroup);
    return 0;
}
