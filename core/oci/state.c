// state.c - what is known of a container, and how it is.
// SPDX-License-Identifier: MIT
#include "core/oci/state.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/proc.h"
#include "core/base/scope.h"
#include "core/oci/cgroup.h"

#define STATE_FILE "state.json"
#define TIME_SIZE 40 // bytes of "2026-01-02T03:04:05.123456789Z"

static const struct field fields[] = {
    { "ociVersion", FIELD_STRING(struct state, version) },
    { "bundle", FIELD_STRING(struct state, bundle) },
    { "rootfs", FIELD_STRING(struct state, rootfs) },
    { "created", FIELD_STRING(struct state, created) },
    { "owner", FIELD_STRING(struct state, owner) },
    { "cgroup", FIELD_STRING(struct state, cgroup) },
    { "cgroupsMade",
      FIELD_PAIRS(struct state, cgroups_made, cgroups_made_count) },
    { "systemd-scope", FIELD_STRING(struct state, systemd_scope) },
    { "resctrlGroup", FIELD_STRING(struct state, resctrl_group) },
    { "resctrlMonitor", FIELD_STRING(struct state, resctrl_monitor) },
    { "annotations", FIELD_PAIRS(struct state, annotations, annotation_count) },
    { "pid", FIELD_INT(struct state, pid) },
    { "startTime", FIELD_U64(struct state, start_time) },
    { "made", FIELD_BOOL(struct state, made) },
    FIELD_END,
};

static const char *const words[] = {
    [STATUS_CREATING] = "creating", [STATUS_CREATED] = "created",
    [STATUS_RUNNING] = "running",   [STATUS_PAUSED] = "paused",
    [STATUS_STOPPED] = "stopped",
};

static const char *tell_time(struct arena *arena)
{
    char *text = arena_take(arena, 1, TIME_SIZE);
    struct timespec now;
    struct tm utc;
    size_t length;

    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &utc);
    length = strftime(text, TIME_SIZE, "%Y-%m-%dT%H:%M:%S", &utc);
    snprintf(text + length, TIME_SIZE - length, ".%09ldZ", now.tv_nsec);
    return text;
}

static const char *tell_user(struct arena *arena)
{
    char *text = arena_take(arena, 1, TIME_SIZE);

    if (geteuid() == 0)
        return "root";
    snprintf(text, TIME_SIZE, "%u", geteuid());
    return text;
}

void state_begin(struct state *state, const char *id, const struct spec *spec)
{
    *state = (struct state){ .version = spec->version,
                             .id = id,
                             .bundle = spec->jail.bundle,
                             .rootfs = spec->jail.root,
                             .annotations = spec->annotations,
                             .annotation_count = spec->annotation_count };
    state->created = tell_time(&state->arena);
    state->owner = tell_user(&state->arena);
}

int state_set_process(struct state *state, pid_t pid)
{
    state->pid = pid;
    if (proc_start_time(pid, &state->start_time) < 0)
        return failed(errno, "can't find the process %d of the container",
                      (int)pid);
    return 0;
}

static void add_pairs(struct json *to, const char *key,
                      const struct pair *pairs, size_t count)
{
    struct json *object;

    if (count == 0)
        return;
    object = json_add_object(to, key);
    for (size_t i = 0; i < count; i++)
        json_add_string(object, pairs[i].name, pairs[i].value);
}

static void add_annotations(struct json *to, const struct state *state)
{
    add_pairs(to, "annotations", state->annotations, state->annotation_count);
}

static void add_string(struct json *to, const char *key, const char *value)
{
    if (value != NULL)
        json_add_string(to, key, value);
}

int state_save(const struct state *state, const struct folder *folder)
{
    struct json *document = json_object();
    cleanup_free char *text = NULL;

    add_string(document, "ociVersion", state->version);
    add_string(document, "bundle", state->bundle);
    add_string(document, "rootfs", state->rootfs);
    add_string(document, "created", state->created);
    add_string(document, "owner", state->owner);
    add_string(document, "cgroup", state->cgroup);
    add_pairs(document, "cgroupsMade", state->cgroups_made,
              state->cgroups_made_count);
    add_string(document, "systemd-scope", state->systemd_scope);
    add_string(document, "resctrlGroup", state->resctrl_group);
    add_string(document, "resctrlMonitor", state->resctrl_monitor);
    json_add_number(document, "pid", state->pid);
    json_add_number(document, "startTime", (double)state->start_time);
    json_add_bool(document, "made", state->made);
    add_annotations(document, state);
    text = json_text(document, false);
    json_free(document);
    return folder_write(folder, STATE_FILE, text);
}

int state_load(struct state *state, const struct folder *folder)
{
    cleanup_free char *text = NULL;

    *state = (struct state){ .id = folder->id };
    text = folder_read(folder, STATE_FILE);
    if (text == NULL && err_num() == ENOENT) {
        err_clear();
        return 0;
    }
    if (text == NULL)
        return -1;
    state->document = json_parse(STATE_FILE, text, strlen(text));
    if (state->document == NULL)
        return failed_while("container %s", folder->id);
    return fields_read(fields, STATE_FILE, state->document, &state->arena,
                       state);
}

void state_free(struct state *state)
{
    json_free(state->document);
    arena_free(&state->arena);
}

enum status state_status(const struct state *state, const struct folder *folder)
{
    // in this order: the lock is let go of by a process that lives on
    if (folder_is_locked(folder))
        return state->made ? STATUS_CREATED : STATUS_CREATING;
    if (state->pid == 0 || !state->made ||
        !proc_is_alive(state->pid, state->start_time))
        return STATUS_STOPPED;
    return cgroup_is_frozen(state->cgroup) ? STATUS_PAUSED : STATUS_RUNNING;
}

const char *state_word(enum status status)
{
    return words[status];
}

struct json *state_json(const struct state *state, const char *status,
                        pid_t pid)
{
    struct json *document = json_object();

    json_add_string(document, "ociVersion",
                    state->version != NULL ? state->version : SPEC_VERSION);
    json_add_string(document, "id", state->id);
    json_add_number(document, "pid", pid);
    json_add_string(document, "status", status);
    add_string(document, "bundle", state->bundle);
    add_string(document, "rootfs", state->rootfs);
    add_string(document, "created", state->created);
    add_string(document, "owner", state->owner);
    add_string(document, "systemd-scope", state->systemd_scope);
    add_annotations(document, state);
    return document;
}
