// lifecycle.c - what is done with a container that was made.
// SPDX-License-Identifier: MIT
#include "core/oci/lifecycle.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/log.h"
#include "core/base/proc.h"
#include "core/base/scope.h"
#include "core/base/str.h"
#include "core/oci/hook_output.h"
#include "core/oci/intel_rdt.h"
#include "core/oci/pid_file.h"
#include "core/oci/processes.h"
#include "core/run/door.h"
#include "core/run/hook.h"

#define KILL_MS 10000 // for a killed process to end; it may be in a system call
#define MAKING_MS 10000 // for a container to be made that is to be started
#define MAKING_STEP_MS 20

// --- the handle

int handle_open(struct container_handle *handle, const char *root,
                const char *id)
{
    *handle = (struct container_handle)HANDLE_NONE;
    if (folder_open(&handle->folder, root, id) < 0)
        return -1;
    return state_load(&handle->state, &handle->folder);
}

void handle_close(struct container_handle *handle)
{
    state_free(&handle->state);
    folder_close(&handle->folder);
}

enum status handle_status(const struct container_handle *handle)
{
    return state_status(&handle->state, &handle->folder);
}

int handle_made(struct container_handle *handle, const char *pid_file,
                pid_t pid)
{
    handle->state.made = true;
    return state_save(&handle->state, &handle->folder) < 0
               ? -1
               : pid_file_write(pid_file, pid);
}

// --- hooks of later moments

// As config.json was when the container was made.
static int load_spec(const struct container_handle *handle, struct spec *spec)
{
    char *text = folder_read(&handle->folder, SPEC_FILE);

    *spec = (struct spec){ 0 };
    if (text == NULL || spec_parse(spec, SPEC_FILE, text) < 0)
        return -1;
    return hook_output_open(spec);
}

// "The runtime MUST log a warning, but the remaining hooks and lifecycle
// continue as if the hook had succeeded": each by itself. What is pending, as
// that which ended the container, stays so.
void lifecycle_run_poststop(const struct state *state,
                            const struct jail_hooks *hooks)
{
    cleanup_free char *text = NULL;
    struct err_kept *pending;

    if (hooks->count == 0)
        return;
    pending = err_put_aside();
    text = lifecycle_hook_text(state, "stopped", 0);
    for (size_t i = 0; i < hooks->count; i++) {
        struct jail_hooks one = { &hooks->items[i], 1, i, hooks->output,
                                  hooks->errors };

        err_clear();
        if (hook_run_all("poststop", &one, text) < 0)
            log_warn("%s", err_text());
    }
    err_take_back(pending);
}

// Hooks of another user's would have root's terminal, environment and open files.
static bool may_run_hooks(const struct container_handle *handle,
                          const struct jail_hooks *hooks)
{
    if (hooks->count > 0 && handle->folder.others)
        log_warn("container %s: its hooks are not run, as it is another user's",
                 handle->state.id);
    return hooks->count > 0 && !handle->folder.others;
}

// 0, or -1 after failed() of the first that fails.
static int run_poststart(const struct container_handle *handle,
                         const struct spec *spec)
{
    cleanup_free char *text = NULL;

    if (!may_run_hooks(handle, &spec->poststart))
        return 0;
    text = lifecycle_hook_text(&handle->state, "running", handle->state.pid);
    return hook_run_all("poststart", &spec->poststart, text);
}

static void run_poststop(const struct container_handle *handle)
{
    cleanup_spec struct spec spec = { 0 };

    if (!handle->state.made || load_spec(handle, &spec) < 0)
        err_clear();
    else if (may_run_hooks(handle, &spec.poststop))
        lifecycle_run_poststop(&handle->state, &spec.poststop);
}

// --- start

enum status lifecycle_settle(struct container_handle *handle, int most)
{
    const struct timespec pause = { .tv_nsec = MAKING_STEP_MS * 1000000L };
    enum status status = handle_status(handle);

    for (int ms = 0; status == STATUS_CREATING && ms < most;
         ms += MAKING_STEP_MS) {
        nanosleep(&pause, NULL);
        state_free(&handle->state);
        if (state_load(&handle->state, &handle->folder) < 0)
            err_clear(); // it is gone, as it could not be made
        status = handle_status(handle);
    }
    return status;
}

// "The runtime MUST generate an error, stop the container, and continue the
// lifecycle at step 12": it is destroyed. The error stays the hook's.
static int give_up(struct container_handle *handle)
{
    cleanup_free char *pending = str_dup(err_text());

    err_clear();
    handle->destroyed = true;
    if (lifecycle_delete(handle, true) < 0)
        log_warn("%s", err_text());
    err_clear();
    return failed(0, "%s", pending != NULL ? pending : "a hook failed");
}

int lifecycle_start(struct container_handle *handle)
{
    cleanup_spec struct spec spec = { 0 };
    enum status status = lifecycle_settle(handle, MAKING_MS);

    if (status != STATUS_CREATED)
        return failed(0, "cannot start container %s: it is %s, not created",
                      handle->folder.id, state_word(status));
    if (load_spec(handle, &spec) < 0)
        return -1;
    if (!spec.has_process)
        return failed(
            0, "cannot start container %s: " SPEC_FILE ": process: missing",
            handle->state.id);
    if (door_knock(handle->folder.dir, LIFECYCLE_DOOR) < 0) {
        bool hook = str_starts(err_text(), "error running startContainer hook");

        failed_while("start of container %s", handle->state.id);
        return hook ? give_up(handle) : -1;
    }
    // execve(2) closes one descriptor after the other: the door first
    if (folder_wait_unlocked(&handle->folder) < 0)
        return -1;
    if (run_poststart(handle, &spec) == 0)
        return 0;
    return give_up(handle);
}

// --- kill

static const struct {
    const char *name;
    int number;
} signals[] = {
    { "HUP", SIGHUP },   { "INT", SIGINT },     { "QUIT", SIGQUIT },
    { "ILL", SIGILL },   { "TRAP", SIGTRAP },   { "ABRT", SIGABRT },
    { "IOT", SIGABRT },  { "BUS", SIGBUS },     { "FPE", SIGFPE },
    { "KILL", SIGKILL }, { "USR1", SIGUSR1 },   { "SEGV", SIGSEGV },
    { "USR2", SIGUSR2 }, { "PIPE", SIGPIPE },   { "ALRM", SIGALRM },
    { "TERM", SIGTERM }, { "CHLD", SIGCHLD },   { "CLD", SIGCHLD },
    { "CONT", SIGCONT }, { "STOP", SIGSTOP },   { "TSTP", SIGTSTP },
    { "TTIN", SIGTTIN }, { "TTOU", SIGTTOU },   { "URG", SIGURG },
    { "XCPU", SIGXCPU }, { "XFSZ", SIGXFSZ },   { "VTALRM", SIGVTALRM },
    { "PROF", SIGPROF }, { "WINCH", SIGWINCH }, { "IO", SIGIO },
    { "POLL", SIGIO },   { "PWR", SIGPWR },     { "SYS", SIGSYS },
    { "STKFLT", 16 },
};

// Programs of glibc have these as their first and last; musl has others.
#define RT_MIN 34
#define RT_MAX 64

static int realtime_signal(const char *name)
{
    bool from_end = str_starts(name, "RTMAX");
    const char *rest = name + strlen("RTMIN");
    char sign = from_end ? '-' : '+';
    uint64_t n = 0;

    if (!from_end && !str_starts(name, "RTMIN"))
        return -1;
    if (rest[0] != '\0' && (rest[0] != sign || str_to_u64(rest + 1, &n) < 0))
        return -1;
    if (n > RT_MAX - RT_MIN)
        return -1;
    return from_end ? RT_MAX - (int)n : RT_MIN + (int)n;
}

int lifecycle_signal(const char *word)
{
    const char *name = strncasecmp(word, "SIG", 3) == 0 ? word + 3 : word;
    uint64_t number;

    if (str_to_u64(word, &number) == 0 && number <= RT_MAX)
        return (int)number;
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
        if (strcasecmp(signals[i].name, name) == 0)
            return signals[i].number;
    if (realtime_signal(name) > 0)
        return realtime_signal(name);
    return failed(0, "unknown signal: %s", word);
}

// Those that end meanwhile are no error.
static int signal_all(const struct state *state, int signal)
{
    size_t count = 0;
    int status = cgroup_kill(state->cgroup, signal);
    cleanup_free pid_t *pids = NULL;

    if (status <= 0)
        return status;
    pids = processes_of(state, &count);
    if (pids == NULL)
        return -1;
    for (size_t i = 0; i < count; i++)
        if (kill(pids[i], signal) < 0 && errno != ESRCH)
            return failed(errno, "can't send signal %d to process %d", signal,
                          (int)pids[i]);
    return 0;
}

// The kernel ends all processes of a PID namespace with its first one; without
// such a namespace, those that the program has left behind would live on.
static bool must_kill_all(const struct container_handle *handle, int signal)
{
    cleanup_spec struct spec spec = { 0 };

    if (signal != SIGKILL || handle->state.cgroup == NULL)
        return false;
    if (load_spec(handle, &spec) < 0) {
        err_clear();
        return false;
    }
    return jail_find_namespace(&spec.jail, CLONE_NEWPID) == NULL;
}

// Without a PID namespace, what the program has left behind lives on. That all
// processes of none have got it is no error, as in runc.
static int kill_rest(const struct container_handle *handle, int signal,
                     bool all)
{
    const struct state *state = &handle->state;
    size_t count;
    cleanup_free pid_t *pids = cgroup_list(state->cgroup, &count);

    if (pids != NULL && count > 0 && (all || must_kill_all(handle, signal)))
        return signal_all(state, signal);
    return all ? 0 : failed(0, "container not running: %s", state->id);
}

int lifecycle_kill(struct container_handle *handle, int signal, bool all)
{
    const struct state *state = &handle->state;
    enum status status = handle_status(handle);

    if (status == STATUS_STOPPED || state->pid == 0)
        return kill_rest(handle, signal, all);
    if (all || must_kill_all(handle, signal))
        return signal_all(state, signal);
    if (proc_signal(state->pid, state->start_time, signal) == 0)
        return 0;
    if (errno == ESRCH)
        return failed(0, "container not running: %s", state->id);
    return failed(errno, "can't send signal %d to container %s", signal,
                  state->id);
}

// --- delete

static int make_stop(struct container_handle *handle)
{
    const struct state *state = &handle->state;

    if (state->pid == 0)
        return 0;
    if (proc_signal(state->pid, state->start_time, SIGKILL) < 0 &&
        errno != ESRCH)
        return failed(errno, "can't kill container %s", state->id);
    // a frozen process dies when it thaws
    if (cgroup_is_frozen(state->cgroup) &&
        cgroup_freeze(state->cgroup, false) < 0)
        return -1;
    if (proc_wait_gone(state->pid, state->start_time, KILL_MS))
        return 0;
    return failed(0, "container %s does not end, though it was killed",
                  state->id);
}

int lifecycle_delete(struct container_handle *handle, bool force)
{
    enum status status = handle_status(handle);
    const char *id = handle->state.id;

    // one that was never started has nothing to lose
    if (status != STATUS_STOPPED && status != STATUS_CREATED && !force)
        return failed(0,
                      "cannot delete container %s that is not stopped: it is "
                      "%s",
                      id, state_word(status));
    if (status != STATUS_STOPPED && make_stop(handle) < 0)
        return -1;
    if (cgroup_remove(&handle->state) < 0 ||
        intel_rdt_remove(&handle->state) < 0)
        return -1;
    run_poststop(handle);
    return folder_remove(&handle->folder);
}

// --- pause and resume

static int freeze(const struct container_handle *handle, enum status from,
                  bool frozen)
{
    enum status status = handle_status(handle);

    // one that waits for its start would never hear of it
    if (status != from)
        return failed(0, "cannot %s container %s: it is %s",
                      frozen ? "pause" : "resume", handle->state.id,
                      state_word(status));
    return cgroup_freeze(handle->state.cgroup, frozen);
}

int lifecycle_pause(struct container_handle *handle)
{
    return freeze(handle, STATUS_RUNNING, true);
}

int lifecycle_resume(struct container_handle *handle)
{
    return freeze(handle, STATUS_PAUSED, false);
}
