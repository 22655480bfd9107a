// jail.c - carry out the plan of a container in full.
//
// The order of things is this file; jail_work.h lists the parts. What makes it
// so:
//   - namespaces first, and then the maker has his turn: control groups and
//     hooks must know the process, and the cgroup namespace is made in the
//     cgroup;
//   - all that is looked up on the host (sources of binds, devices, /proc/sys)
//     is before the pivot, all that is looked up in the container after it;
//   - whatever can fail does so before the container counts as created; after
//     the start there is only giving up privileges and execve(2).
// It ends at once when its maker dies before it is made (gate.h), so nothing of
// a container half made stays behind; from the second gate on it stands alone.
// SPDX-License-Identifier: MIT
#include "core/run/jail.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/fs.h"
#include "core/base/log.h"
#include "core/base/scope.h"
#include "core/run/door.h"
#include "core/run/hook.h"
#include "core/run/jail_work.h"

static int run_hooks(const struct jail_work *work, const char *kind,
                     const struct jail_hooks *hooks, const char *status)
{
    const struct jail *plan = work->plan;
    cleanup_free char *text = NULL;

    if (hooks->count == 0)
        return 0;
    text = plan->hook_text(plan->hook_context, status, work->told);
    return text == NULL ? -1 : hook_run_all(kind, hooks, text);
}

// While the root filesystem can still be written to. Where it can't, whoever
// changes to the directory tells.
static void make_directory(struct jail_work *work)
{
    const struct jail *plan = work->plan;
    const char *cwd = plan->process.cwd;

    if (plan->nothing_to_run || fs_exists_in_root(work->points.root, cwd))
        return;
    if (mountpoint_create(&work->points, cwd, true) < 0) {
        log_why("%s", err_text());
        err_clear();
    }
}

static int build_root(struct jail_work *work)
{
    // the modes of what is made here are meant as they stand
    mode_t mask = umask(0);
    int status = -1;

    if (jail_is_bare(work->plan)) {
        status = jail_open_bare_root(work);
    } else if (jail_put_root(work) == 0 && jail_mount_all(work) == 0 &&
               jail_make_devices(work) == 0 && jail_make_terminal(work) == 0 &&
               jail_put_console(work) == 0) {
        make_directory(work);
        status = jail_hide_paths(work);
    }
    jail_forget_sources(work);
    umask(mask);
    return status;
}

static int make(struct jail_work *work)
{
    const struct jail *plan = work->plan;

    if (jail_guard_descriptors(plan) < 0 || jail_open_proc(work) < 0 ||
        jail_connect_console(work) < 0 || jail_connect_listener(work) < 0 ||
        jail_open_image(work) < 0 || jail_map_sources(work) < 0 ||
        jail_open_clocks(work) < 0 || jail_set_oom_score(work) < 0 ||
        jail_meet_peers(work) < 0 || jail_enter_namespaces(work) < 0)
        return -1;
    // one in a PID namespace of its own is told of by others
    if (gate_arrive(work->gate,
                    plan->born_inside || jail_needs_child(plan) ? 0 : getpid(),
                    &work->told) < 0)
        return -1;
    if (jail_note_cgroups(work) < 0 || jail_enter_cgroup_namespace(work) < 0 ||
        build_root(work) < 0 || jail_apply_settings(work) < 0)
        return -1;
    if (plan->create_hooks.count > 0 && !jail_is_bare(plan) &&
        jail_show_root(work) < 0)
        return -1;
    if (run_hooks(work, "createContainer", &plan->create_hooks, "creating") < 0)
        return -1;
    if (share_tell_images(&work->share) < 0)
        return -1;
    return jail_is_bare(plan) ? jail_enter_bare_root(work)
                              : jail_go_to_root(work);
}

static _Noreturn void end_unstarted(int signal)
{
    const int by_signal = 128; // as shells tell it

    _exit(by_signal + signal);
}

// The first process of a PID namespace hears only signals that it handles.
// Those that would end the program shall end what is not the program yet;
// execve(2) takes the handlers away.
static void hear_signals(void)
{
    static const int signals[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM };
    const struct sigaction end = { .sa_handler = end_unstarted };
    struct sigaction now;

    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
        if (sigaction(signals[i], NULL, &now) == 0 && now.sa_handler == SIG_DFL)
            sigaction(signals[i], &end, NULL);
}

// Wait for the start, if somebody is to start it. The connection to whoever did
// so, -1: nobody.
static int wait_for_start(const struct door *door, int *visitor)
{
    if (door == NULL)
        return 0;
    hear_signals();
    *visitor = door_wait(door);
    return *visitor < 0 ? -1 : 0;
}

static int start(struct jail_work *work, const char *program)
{
    const struct jail *plan = work->plan;

    if (plan->nothing_to_run)
        return failed(0, "config.json: process: missing");
    if (run_hooks(work, "startContainer", &plan->start_hooks, "created") < 0)
        return -1;
    return jail_become(work, program);
}

static int finish(struct jail_work *work, const struct door *door)
{
    cleanup_free char *program = NULL;
    int visitor = -1;

    if (jail_prepare_process(work, &program) < 0 ||
        gate_arrive(work->gate, 0, &work->told) < 0)
        return -1;
    // from here on its maker may die
    if (work->gate != NULL)
        gate_close(work->gate);
    work->gate = NULL;
    if (wait_for_start(door, &visitor) == 0)
        start(work, program);
    if (visitor >= 0)
        door_fail(visitor);
    return -1;
}

int jail_enter(const struct jail *plan, struct gate *gate, struct door *door)
{
    struct jail_work work = { .plan = plan,
                              .gate = gate,
                              .points.root = -1,
                              .pile = -1,
                              .layer = LAYER_NONE,
                              .share.role = SHARE_ALONE,
                              .terminal = -1,
                              .proc = -1 };

    if (make(&work) == 0)
        finish(&work, door);
    if (work.gate != NULL)
        gate_fail(work.gate);
    filter_free(&work.filter);
    cgroups_free(&work.cgroups);
    jail_close_image(&work);
    share_close(&work.share);
    return -1;
}
