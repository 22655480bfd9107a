// run.c - create, start, wait and delete in one command.
//
// Where nothing demands another process, this one becomes the container's: then
// its caller, such as a batch system, has the program itself for a child, with
// its pid, its signals and its end, and there is no state to be left behind.
// SPDX-License-Identifier: MIT
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/log.h"
#include "core/base/scope.h"
#include "core/oci/job_step.h"
#include "core/oci/lifecycle.h"
#include "core/oci/net_devices.h"
#include "core/oci/receivers.h"
#include "core/oci/waiting.h"

// --- is another process needed?

static bool has_hooks(const struct spec *spec)
{
    return spec->prestart.count + spec->create_runtime.count +
               spec->poststart.count + spec->poststop.count >
           0;
}

// Of its own, with this process between that and the caller's streams; a rank
// of a job step has that of its batch system.
static bool wants_terminal(const struct creation *how, const struct spec *spec)
{
    return spec->jail.process.terminal && !how->detach &&
           how->adapt.console_socket == NULL && !job_step_is(spec);
}

static bool needs_other(const struct creation *how, const struct spec *spec)
{
    return how->detach || how->keep ||
           spec_annotation(spec, "run.oci.pidfd_receiver") != NULL ||
           how->pid_file != NULL || how->pidfd_socket != NULL ||
           how->adapt.console_socket != NULL || has_hooks(spec) ||
           wants_terminal(how, spec) || net_devices_are_asked_for(spec) ||
           spec->intel_rdt.given ||
           cgroup_is_asked_for(spec, how->cgroup_manager) ||
           jail_needs_child(&spec->jail);
}

// --- the process that waits

// SIGKILL ends all processes of a job step at once, and nobody would ever
// remove the state. Hooks that are still to come need it.
static int forget_state(struct container_handle *handle,
                        const struct bundle *bundle)
{
    if (bundle->spec.poststop.count > 0)
        return 0;
    return folder_remove(&handle->folder);
}

static int wait_for_end(struct container_handle *handle,
                        const struct bundle *bundle, bool keep, int console)
{
    bool in_step = job_step_is(&bundle->spec);

    if (in_step && !keep && forget_state(handle, bundle) < 0)
        log_warn("%s", err_text());
    if (console >= 0)
        return waiting_on_terminal(handle->state.pid, console);
    // a job step's signals come to all of its processes, the container's too;
    // others send theirs to the command that they see
    return waiting_for(handle->state.pid, !in_step);
}

static int run_in_other(const struct creation *how, const struct bundle *bundle,
                        int console)
{
    struct container_handle handle = HANDLE_NONE;
    int status = -1;

    if (lifecycle_create(how, bundle, &handle) < 0)
        goto undo;
    // its state is told by the lock, of which this process has a copy
    scope_close(&handle.folder.lock);
    handle.folder.lock = -1;
    if (lifecycle_start(&handle) < 0) {
        if (!handle.destroyed)
            lifecycle_delete(&handle, true);
        goto undo;
    }
    waiting_begin(); // hooks have been run as they should
    if (how->detach) {
        handle_close(&handle);
        return 0;
    }
    status = wait_for_end(&handle, bundle, how->keep, console);
    if (!how->keep && lifecycle_delete(&handle, true) < 0)
        status = -1;
    handle_close(&handle);
    return status < 0 ? -1 : waiting_end_as(status);

undo:
    waiting_print_rest(console);
    handle_close(&handle);
    return -1;
}

int lifecycle_run(const struct creation *how)
{
    cleanup_bundle struct bundle bundle = { 0 };
    cleanup_state struct state state = { 0 };
    struct jail *plan = &bundle.spec.jail;
    int console[2] = { -1, -1 };

    if (bundle_load(&bundle, how) < 0)
        return -1;
    if (plan->nothing_to_run)
        return failed(0, SPEC_FILE ": process: missing");
    plan->dies_with_maker = !how->detach;
    if (wants_terminal(how, &bundle.spec)) {
        if (waiting_make_console(console) < 0)
            return -1;
        plan->console = console[1];
    }
    if (needs_other(how, &bundle.spec))
        return run_in_other(how, &bundle, console[0]);
    log_step("becoming the process of container %s", how->id);
    plan->dies_with_maker = false; // its maker is itself
    state_begin(&state, how->id, &bundle.spec);
    plan->hook_text = lifecycle_hook_text;
    plan->listener_text = receivers_text;
    plan->hook_context = &state;
    return jail_enter(plan, NULL, NULL);
}
