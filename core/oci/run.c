// run.c - create, start, wait and delete in one command.
//
// Where nothing demands another process, this one becomes the container's: then
// its caller, such as a batch system, has the program itself for a child, with
// its pid, its signals and its end, and there is no state to be left behind.
// SPDX-License-Identifier: MIT
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/log.h"
#include "core/base/scope.h"
#include "core/oci/lifecycle.h"

// --- is another process needed?

static bool has_hooks(const struct spec *spec)
{
    return spec->prestart.count + spec->create_runtime.count +
               spec->poststart.count + spec->poststop.count >
           0;
}

static bool needs_other(const struct creation *how, const struct spec *spec)
{
    return how->detach || how->keep || how->pid_file != NULL ||
           how->adapt.console_socket != NULL || has_hooks(spec) ||
           jail_needs_child(&spec->jail);
}

// --- the process that waits

// A job step's signals come to all of its processes, the container's too; others
// send theirs to the command that they see.
static bool is_job_step(const struct spec *spec)
{
    const char *const *env = spec->jail.process.env;

    for (; env != NULL && *env != NULL; env++)
        if (strncmp(*env, "SLURM_JOB_ID=", strlen("SLURM_JOB_ID=")) == 0)
            return true;
    return false;
}

// The kernel's own signals, of a terminal, come to the container as well.
static bool is_to_pass(const siginfo_t *info)
{
    return info->si_signo != SIGCHLD && info->si_code <= 0;
}

// Until the process ends: its status as wait(2) has it, or -1 after failed().
static int wait_and_pass(pid_t pid, bool pass)
{
    sigset_t all;
    siginfo_t info;
    int status;

    sigfillset(&all);
    while (true) {
        pid_t found = waitpid(pid, &status, WNOHANG);

        if (found == pid)
            return status;
        if (found < 0)
            return failed(errno, "can't wait for the container");
        if (sigwaitinfo(&all, &info) > 0 && pass && is_to_pass(&info))
            kill(pid, info.si_signo);
    }
}

// End as the container's process did, so that the caller sees no difference.
static int end_as(int status)
{
    const struct rlimit no_core = { 0, 0 };
    sigset_t none;

    if (WIFEXITED(status))
        return WEXITSTATUS(status);
    setrlimit(RLIMIT_CORE, &no_core);
    signal(WTERMSIG(status), SIG_DFL);
    sigemptyset(&none);
    raise(WTERMSIG(status));
    sigprocmask(SIG_SETMASK, &none, NULL);
    return 128 + WTERMSIG(status); // of a signal that does not kill us
}

static int run_in_other(const struct creation *how, const struct bundle *bundle)
{
    struct container_handle handle = HANDLE_NONE;
    sigset_t all, before;
    int status = -1;

    if (lifecycle_create(how, bundle, &handle) < 0)
        goto undo;
    // its state is told by the lock, of which this process has a copy
    scope_close(&handle.folder.lock);
    handle.folder.lock = -1;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, &before);
    if (lifecycle_start(&handle) < 0) {
        lifecycle_delete(&handle, true);
        goto undo;
    }
    if (how->detach) {
        handle_close(&handle);
        return 0;
    }
    status = wait_and_pass(handle.state.pid, !is_job_step(&bundle->spec));
    if (!how->keep && lifecycle_delete(&handle, true) < 0)
        status = -1;
    handle_close(&handle);
    return status < 0 ? -1 : end_as(status);

undo:
    handle_close(&handle);
    return -1;
}

int lifecycle_run(const struct creation *how)
{
    cleanup_bundle struct bundle bundle = { 0 };
    cleanup_state struct state state = { 0 };
    struct jail *plan = &bundle.spec.jail;

    if (bundle_load(&bundle, how) < 0)
        return -1;
    plan->dies_with_maker = !how->detach;
    if (needs_other(how, &bundle.spec))
        return run_in_other(how, &bundle);
    log_step("becoming the process of container %s", how->id);
    plan->dies_with_maker = false; // its maker is itself
    state_begin(&state, how->id, &bundle.spec);
    plan->hook_text = lifecycle_hook_text;
    plan->hook_context = &state;
    return jail_enter(plan, NULL, NULL);
}
