// cgroup_systemd.c - control groups that systemd makes: scopes.
// SPDX-License-Identifier: MIT
#include "core/oci/cgroup_systemd.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/helper.h"
#include "core/base/log.h"
#include "core/base/scope.h"
#include "core/base/str.h"

#define CALL_MS 25000 // the usual timeout of D-Bus
#define JOB_MS 10000  // until the process is in its new group
#define TEXT_MAX 65536
#define USUAL_PERIOD 100000 // microseconds

// --- where a scope is

static char *keep(struct arena *arena, const char *text)
{
    size_t size = strlen(text) + 1;

    return memcpy(arena_take(arena, size, 1), text, size);
}

static int check_name(const char *name)
{
    if (name[0] != '\0' && strchr(name, '/') == NULL && name[0] != '.')
        return 0;
    return failed(0, "linux.cgroupsPath: not the name of a unit of systemd: %s",
                  name);
}

// "a-b.slice" is in "a.slice"; "-.slice" is the root of all.
static int slice_path(const char *slice, char **path)
{
    cleanup_free char *done = str_dup("");

    if (strcmp(slice, "-.slice") == 0)
        slice = "";
    for (const char *at = slice; done != NULL && *at != '\0';) {
        size_t length = strcspn(at, "-.");
        char *more;

        at += length;
        more = str_printf("%s/%.*s.slice", done, (int)(at - slice), slice);
        free(done);
        done = more;
        if (*at == '.')
            break;
        at += *at == '-';
    }
    *path = steal_ptr(&done);
    return *path == NULL ? -1 : 0;
}

// The manager of a user is in a group of its own.
static int whole_path(const struct systemd_scope *scope, char **path)
{
    cleanup_free char *slices = NULL;
    uid_t uid = geteuid();

    if (slice_path(scope->slice, &slices) < 0)
        return -1;
    *path = uid == 0 ? str_printf("%s/%s", slices, scope->name)
                     : str_printf("/user.slice/user-%u.slice/user@%u.service"
                                  "%s/%s",
                                  uid, uid, slices, scope->name);
    return *path == NULL ? -1 : 0;
}

static int name_scope(const char *cgroups_path, const char *usual, char **slice,
                      char **name)
{
    const char *colon, *second;

    if (cgroups_path == NULL || cgroups_path[0] == '\0') {
        *slice = str_dup("");
        *name = str_printf("%s.scope", usual);
        return 0;
    }
    colon = strchr(cgroups_path, ':');
    second = colon == NULL ? NULL : strchr(colon + 1, ':');
    if (second == NULL)
        return failed(0,
                      "linux.cgroupsPath: not of systemd's form "
                      "SLICE:PREFIX:NAME: %s",
                      cgroups_path);
    *slice = str_ndup(cgroups_path, (size_t)(colon - cgroups_path));
    if (second == colon + 1)
        *name = str_printf("%s.scope", second + 1);
    else
        *name = str_printf("%.*s-%s.scope", (int)(second - colon - 1),
                           colon + 1, second + 1);
    return 0;
}

int systemd_place(const char *cgroups_path, const char *usual,
                  struct arena *arena, struct systemd_scope *scope)
{
    cleanup_free char *slice = NULL;
    cleanup_free char *name = NULL;
    cleanup_free char *path = NULL;

    if (name_scope(cgroups_path, usual, &slice, &name) < 0)
        return -1;
    if (slice == NULL || name == NULL || check_name(name) < 0)
        return -1;
    scope->name = keep(arena, name);
    scope->slice = slice[0] != '\0' ? keep(arena, slice)
                   : geteuid() == 0 ? "system.slice"
                                    : "user.slice";
    if (!str_ends(scope->slice, ".slice"))
        return failed(0, "linux.cgroupsPath: not a slice of systemd: %s",
                      scope->slice);
    if (check_name(scope->slice) < 0 || whole_path(scope, &path) < 0)
        return -1;
    scope->path = keep(arena, path);
    return 0;
}

// --- asking systemd

bool systemd_is_running(void)
{
    return access("/run/systemd/system", F_OK) == 0; // sd_booted(3)
}

// The words of a call, which is made when they are complete.
static int begin_call(struct strlist *words, const char *method,
                      const char *signature)
{
    const char *const head[] = { "call",
                                 "org.freedesktop.systemd1",
                                 "/org/freedesktop/systemd1",
                                 "org.freedesktop.systemd1.Manager",
                                 method,
                                 signature };

    if (strlist_add(words, "busctl") < 0)
        return -1;
    if (geteuid() != 0 && strlist_add(words, "--user") < 0)
        return -1;
    for (size_t i = 0; i < sizeof head / sizeof *head; i++)
        if (strlist_add(words, head[i]) < 0)
            return -1;
    return 0;
}

static int add_property(struct strlist *words, const char *name,
                        const char *type, const char *value)
{
    if (strlist_add(words, name) < 0 || strlist_add(words, type) < 0)
        return -1;
    return strlist_add(words, value);
}

static int call(const struct strlist *words)
{
    cleanup_free char *text = NULL;
    const struct helper helper = {
        .argv = (const char *const *)(void *)words->items,
        .stream = STDERR_FILENO,
        .most = TEXT_MAX,
        .end = helper_deadline(CALL_MS),
    };
    int status = helper_run(&helper, &text);

    if (status <= 0)
        return status;
    text[strcspn(text, "\n")] = '\0';
    return failed(0, "systemd refuses: %s", text);
}

// --- limits

// Those of which systemd has a property of the same meaning; the others it
// leaves alone in what it has delegated.
static const struct {
    const char *file, *property;
} properties[] = {
    { "memory.max", "MemoryMax" },          { "memory.high", "MemoryHigh" },
    { "memory.low", "MemoryLow" },          { "memory.min", "MemoryMin" },
    { "memory.swap.max", "MemorySwapMax" }, { "pids.max", "TasksMax" },
    { "cpu.weight", "CPUWeight" },
};

static const char *find_property(const struct limit *limit)
{
    if (limit->version != 2 || limit->file == NULL)
        return NULL;
    for (size_t i = 0; i < sizeof properties / sizeof *properties; i++)
        if (strcmp(properties[i].file, limit->file) == 0)
            return properties[i].property;
    return NULL;
}

// "QUOTA PERIOD" as microseconds of each second.
static int add_quota(struct strlist *words, const char *value)
{
    char text[24];
    char *rest;
    uint64_t quota = strtoull(value, &rest, 10);
    uint64_t period = *rest == ' ' ? strtoull(rest + 1, NULL, 10) : 0;

    if (period == 0)
        period = USUAL_PERIOD;
    if (str_starts(value, "max"))
        quota = UINT64_MAX;
    else
        quota = quota * 1000000 / period;
    snprintf(text, sizeof text, "%" PRIu64, quota);
    return add_property(words, "CPUQuotaPerSecUSec", "t", text);
}

// How many there are, or with "words" NULL how many there would be; -1 after
// failed().
static int add_limits(struct strlist *words, const struct limits *limits)
{
    int count = 0;

    for (size_t i = 0; i < limits->count; i++) {
        const struct limit *one = &limits->items[i];
        const char *property = find_property(one);
        bool quota = one->version == 2 && !one->second && one->file != NULL &&
                     strcmp(one->file, "cpu.max") == 0;

        if (property == NULL && !quota)
            continue;
        count++;
        if (words == NULL)
            continue;
        if (quota ? add_quota(words, one->value) < 0
                  : add_property(words, property, "t",
                                 strcmp(one->value, "max") == 0
                                     ? "18446744073709551615"
                                     : one->value) < 0)
            return -1;
    }
    return count;
}

static int add_count(struct strlist *words, int count)
{
    char text[16];

    snprintf(text, sizeof text, "%d", count);
    return strlist_add(words, text);
}

// --- the scope

#define OWN_PROPERTIES 6

static int add_own(struct strlist *words, const struct systemd_scope *scope,
                   pid_t pid)
{
    char text[16];

    snprintf(text, sizeof text, "%d", (int)pid);
    if (add_property(words, "Description", "s", "container of ch-oci") < 0 ||
        add_property(words, "Slice", "s", scope->slice) < 0 ||
        add_property(words, "Delegate", "b", "true") < 0 ||
        add_property(words, "DefaultDependencies", "b", "false") < 0 ||
        add_property(words, "CollectMode", "s", "inactive-or-failed") < 0 ||
        add_property(words, "PIDs", "au", "1") < 0)
        return -1;
    return strlist_add(words, text);
}

static int ask_for_scope(const struct systemd_scope *scope,
                         const struct limits *limits, pid_t pid)
{
    cleanup_strlist struct strlist words = { 0 };

    if (begin_call(&words, "StartTransientUnit", "ssa(sv)a(sa(sv))") < 0 ||
        strlist_add(&words, scope->name) < 0 ||
        strlist_add(&words, "fail") < 0 ||
        add_count(&words, OWN_PROPERTIES + add_limits(NULL, limits)) < 0 ||
        add_own(&words, scope, pid) < 0 || add_limits(&words, limits) < 0 ||
        strlist_add(&words, "0") < 0)
        return -1;
    return call(&words);
}

// systemd answers before it has done it.
static int wait_until_there(const struct systemd_scope *scope,
                            const struct cgroup_hierarchy *hierarchy, pid_t pid)
{
    const struct timespec pause = { 0, 1000000 };

    for (int ms = 0; ms < JOB_MS; ms++) {
        cleanup_free char *path = cgroups_of_process(hierarchy, pid);

        if (path == NULL)
            return -1;
        if (strcmp(path, scope->path) == 0)
            return 0;
        nanosleep(&pause, NULL);
    }
    return failed(0, "systemd has not moved process %d to %s in %d s", (int)pid,
                  scope->path, JOB_MS / 1000);
}

int systemd_start(const struct systemd_scope *scope,
                  const struct limits *limits, const struct cgroups *groups,
                  pid_t pid)
{
    const struct cgroup_hierarchy *hierarchy =
        cgroups_with(groups, "name=systemd");

    if (hierarchy == NULL)
        hierarchy = cgroups_unified(groups);
    if (hierarchy == NULL)
        return failed(0, "no hierarchy of control groups is systemd's");
    if (ask_for_scope(scope, limits, pid) < 0)
        return -1;
    return wait_until_there(scope, hierarchy, pid);
}

int systemd_update(const char *scope, const struct limits *limits)
{
    cleanup_strlist struct strlist words = { 0 };
    int count = add_limits(NULL, limits);

    if (count <= 0)
        return count;
    if (begin_call(&words, "SetUnitProperties", "sba(sv)") < 0 ||
        strlist_add(&words, scope) < 0 || strlist_add(&words, "true") < 0 ||
        add_count(&words, count) < 0 || add_limits(&words, limits) < 0)
        return -1;
    return call(&words);
}
