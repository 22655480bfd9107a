// events.c - ch-oci events: what a container uses, as JSON, time and again.
// SPDX-License-Identifier: MIT
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "applets/oci/commands.h"
#include "applets/oci/oci.h"
#include "core/base/err.h"
#include "core/base/proc.h"
#include "core/base/scope.h"

#define INTERVAL "5" // seconds, as of other runtimes
#define DAY 86400000 // milliseconds

struct events_args {
    struct oci_args global;
    bool stats;
    const char *interval;
};

static const struct opt options[] = {
    { 0, "stats", NULL, "once", OPT_FLAG(struct events_args, stats) },
    { 0, "interval", "TIME", "between two lines: 5, 5s, 500ms (5)",
      OPT_STR(struct events_args, interval) },
    OPT_END,
};

static const struct opt_spec spec = {
    OCI_SPEC,
    .title = "events",
    .usage = "[OPTION...] events CONTAINER",
    .about = "Print what a container uses, a line of JSON each time.",
    .table = options,
};

// A number of seconds, or with a unit. Milliseconds, or -1 after failed().
static int read_interval(const char *text)
{
    static const struct {
        const char *unit;
        double milliseconds;
    } units[] = {
        { "", 1e3 }, { "s", 1e3 }, { "ms", 1 }, { "m", 6e4 }, { "h", 36e5 }
    };
    char *end;
    double number = strtod(text, &end);

    for (size_t i = 0; end != text && i < sizeof units / sizeof *units; i++)
        if (strcmp(end, units[i].unit) == 0) {
            number *= units[i].milliseconds;
            if (number >= 1 && number <= DAY)
                return (int)number;
        }
    return failed(0, "--interval: not a time up to a day: %s", text);
}

static int print(const struct container_handle *handle)
{
    cleanup_json struct json *event = json_object();
    cleanup_free char *text = NULL;

    json_add_string(event, "type", "stats");
    json_add_string(event, "id", handle->state.id);
    if (cgroup_stats(handle->state.cgroup, json_add_object(event, "data")) < 0)
        return -1;
    text = json_text(event, false);
    printf("%s\n", text);
    fflush(stdout);
    return 0;
}

// The kernel has killed a process for want of memory since the last look.
static void print_kills(const struct container_handle *handle, long *known)
{
    long now = cgroup_oom_kills(handle->state.cgroup);
    cleanup_json struct json *event = NULL;
    cleanup_free char *text = NULL;

    if (now > *known && *known >= 0) {
        event = json_object();
        json_add_string(event, "type", "oom");
        json_add_string(event, "id", handle->state.id);
        text = json_text(event, false);
        printf("%s\n", text);
    }
    *known = now;
}

static int watch(const struct events_args *args, const char *id)
{
    cleanup_handle struct container_handle handle = HANDLE_NONE;
    const struct state *state = &handle.state;
    long kills = -1;
    int interval = read_interval(args->interval);

    if (interval < 0 || handle_open(&handle, args->global.root, id) < 0)
        return -1;
    if (handle_status(&handle) == STATUS_STOPPED)
        return failed(0, "container not running: %s", id);
    do {
        print_kills(&handle, &kills);
        if (print(&handle) < 0)
            return -1;
    } while (!args->stats &&
             !proc_wait_gone(state->pid, state->start_time, interval));
    return 0;
}

int oci_events(const struct oci_args *global, int argc, char **argv)
{
    struct events_args args = { .interval = INTERVAL };
    int first = oci_parse(&spec, global, argc, argv, &args);

    if (first < 0)
        return first == OPT_ANSWERED ? 0 : -1;
    if (oci_expect(&spec, argc, first, 1, 1) < 0)
        return -1;
    return watch(&args, argv[first]);
}
