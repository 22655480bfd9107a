// scrun.c - containers that run in an allocation of Slurm's.
// SPDX-License-Identifier: MIT
#include "core/slurm/scrun.h"

#include <errno.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/fs.h"
#include "core/base/log.h"
#include "core/base/proc.h"
#include "core/base/scope.h"
#include "core/kernel/tty.h"
#include "core/run/door.h"
#include "core/run/gate.h"
#include "core/slurm/anchor.h"
#include "core/slurm/command.h"
#include "core/slurm/job_record.h"
#include "core/slurm/parts.h"

#define KILL_MS 30000 // for a killed job to end

char *scrun_usual_root(void)
{
    const char *runtime = getenv("XDG_RUNTIME_DIR");

    if (runtime != NULL && runtime[0] == '/' && access(runtime, W_OK) == 0)
        return str_printf("%s/ch-scrun", runtime);
    if (geteuid() == 0 && access("/run", W_OK) == 0)
        return str_dup("/run/ch-scrun");
    return str_printf("/tmp/ch-scrun-%u", geteuid());
}

// --- create

struct making {
    const struct creation *how;
    const struct spec *spec;
    const struct scrun_settings *settings;
    struct container_handle *handle;
    struct parts parts;
    struct command srun, check;
    struct gate gate;
    pid_t pid;
};

// Its terminal is one of this host; srun makes another on the node.
static int take_terminal(const struct making *m)
{
    const struct jail_process *process = &m->spec->jail.process;
    cleanup_close int socket = -1;
    cleanup_close int terminal = -1;

    if (!process->terminal)
        return 0;
    socket = tty_connect(m->how->adapt.console_socket);
    if (socket < 0)
        return -1;
    terminal =
        tty_make_here(socket, process->console.height, process->console.width);
    return terminal < 0 ? -1 : tty_take(terminal);
}

// In the new process: what is not needed is let go of, as it lives long.
static int settle_anchor(const struct making *m, const struct gate *gate,
                         const struct door *door)
{
    const struct folder *folder = &m->handle->folder;
    int keep[] = { gate->fd,     door->listener, folder->dir,
                   folder->root, folder->lock,   m->parts.stage.dir };

    if (setsid() < 0)
        return failed(errno, "can't start a session");
    if (take_terminal(m) < 0)
        return -1;
    if (chdir("/") < 0)
        return failed(errno, "can't go to /");
    return proc_close_others(keep, sizeof keep / sizeof *keep);
}

static _Noreturn void become_anchor(struct making *m, struct gate *gate,
                                    struct door *door)
{
    const struct anchor anchor = { .folder = &m->handle->folder,
                                   .door = door,
                                   .stage = &m->parts.stage,
                                   .job = m->parts.job,
                                   .image = m->parts.image,
                                   .srun = m->srun.words,
                                   .check = m->check.words };
    pid_t told;

    gate_close(&m->gate);
    if (settle_anchor(m, gate, door) < 0) {
        gate_fail(gate);
        _exit(1);
    }
    if (gate_arrive(gate, 0, &told) < 0)
        _exit(1); // its maker has gone
    gate_close(gate);
    anchor_be(&anchor);
}

static int fork_anchor(struct making *m)
{
    struct door door = { -1 };
    struct gate inside = { -1 };

    if (door_make(&door, m->handle->folder.dir, LIFECYCLE_DOOR) < 0 ||
        gate_make(&inside, &m->gate) < 0) {
        door_close(&door);
        return -1;
    }
    m->pid = fork();
    if (m->pid == 0)
        become_anchor(m, &inside, &door);
    door_close(&door);
    gate_close(&inside);
    return m->pid < 0 ? failed(errno, "can't fork") : 0;
}

// The anchor waits to be told that it may outlive its maker.
static int release_anchor(struct making *m)
{
    struct state *state = &m->handle->state;
    pid_t told = m->pid;

    if (gate_wait_arrival(&m->gate, &told) < 0 ||
        state_set_process(state, m->pid) < 0)
        return -1;
    return handle_made(m->handle, m->how->pid_file, m->pid) < 0
               ? -1
               : gate_open(&m->gate, m->pid);
}

static int make(struct making *m)
{
    struct folder *folder = &m->handle->folder;
    struct state *state = &m->handle->state;

    state_begin(state, m->how->id, m->spec);
    if (state_save(state, folder) < 0 ||
        folder_write(folder, SPEC_FILE, m->spec->text) < 0)
        return -1;
    if (parts_make(&m->parts, m->how->id, m->spec, m->settings) < 0 ||
        parts_note(&m->parts, folder) < 0)
        return -1;
    if (command_srun(&m->srun, &m->parts, m->spec, m->settings, folder) < 0 ||
        command_check(&m->check, m->settings) < 0)
        return -1;
    return fork_anchor(m) < 0 ? -1 : release_anchor(m);
}

static void kill_and_wait(pid_t pid)
{
    if (pid <= 0)
        return;
    kill(pid, SIGKILL);
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
        continue;
}

static int check_terminal(const struct creation *how, const struct spec *spec)
{
    if (!spec->has_process)
        return failed(0, SPEC_FILE ": process: missing");
    if (spec->jail.process.terminal == (how->adapt.console_socket != NULL))
        return 0;
    return failed(0, "--console-socket goes with process.terminal, and only "
                     "with it");
}

static int create(struct making *m)
{
    if (folder_claim(&m->handle->folder, m->how->root, m->how->id) < 0)
        return -1;
    if (make(m) < 0)
        goto undo;
    gate_close(&m->gate);
    log_step("container %s waits to be started, process %d", m->how->id,
             (int)m->pid);
    return 0;

undo:
    gate_close(&m->gate);
    kill_and_wait(m->pid);
    parts_remove(&m->parts);
    folder_remove(&m->handle->folder);
    return -1;
}

int scrun_create(const struct creation *how, const struct scrun_wishes *wishes)
{
    const char *config = how->config != NULL ? how->config : SPEC_FILE;
    cleanup_free char *bundle =
        fs_realpath(how->bundle != NULL ? how->bundle : ".");
    cleanup_spec struct spec spec = { 0 };
    cleanup_settings struct scrun_settings settings = { 0 };
    cleanup_handle struct container_handle handle = HANDLE_NONE;
    struct making m = { .how = how,
                        .spec = &spec,
                        .settings = &settings,
                        .handle = &handle,
                        .gate = { -1 },
                        .parts = PARTS_NONE };
    int status;

    if (bundle == NULL)
        return failed_while("the bundle");
    if (spec_load(&spec, bundle, config) < 0 ||
        check_terminal(how, &spec) < 0 ||
        scrun_settings_read(&settings, wishes, &spec) < 0)
        return -1;
    settings.keep_uid = settings.keep_uid || how->adapt.keep_uid;
    status = create(&m);
    command_free(&m.srun);
    command_free(&m.check);
    parts_close(&m.parts);
    return status;
}

// --- start

int scrun_start(struct container_handle *handle)
{
    enum status status = handle_status(handle);

    if (status != STATUS_CREATED)
        return failed(0, "cannot start container %s: it is %s, not created",
                      handle->state.id, state_word(status));
    if (door_knock(handle->folder.dir, LIFECYCLE_DOOR) < 0)
        return failed_while("start of container %s", handle->state.id);
    return folder_wait_unlocked(&handle->folder);
}

// --- kill

static int send_signal(const struct state *state, enum status status,
                       int signal)
{
    // nothing listens before the start
    if (status == STATUS_CREATED)
        return proc_signal(state->pid, state->start_time, signal);
    return anchor_signal(state->pid, state->start_time, signal);
}

int scrun_kill(struct container_handle *handle, int signal)
{
    const struct state *state = &handle->state;
    enum status status = handle_status(handle);

    if (status == STATUS_STOPPED || state->pid == 0)
        return failed(0, "container not running: %s", state->id);
    if (signal == 0 || send_signal(state, status, signal) == 0)
        return 0;
    if (errno == ESRCH)
        return failed(0, "container not running: %s", state->id);
    return failed(errno, "can't send signal %d to container %s", signal,
                  state->id);
}

// --- delete

// Killed by its anchor; if that has come to grief, srun does it when it sees
// itself alone.
static int make_stop(const struct container_handle *handle, enum status status)
{
    const struct state *state = &handle->state;

    if (state->pid == 0)
        return 0;
    if (send_signal(state, status, SIGKILL) == 0 &&
        proc_wait_gone(state->pid, state->start_time, KILL_MS))
        return 0;
    if (proc_signal(state->pid, state->start_time, SIGKILL) < 0 &&
        errno != ESRCH)
        return failed(errno, "can't kill container %s", state->id);
    if (proc_wait_gone(state->pid, state->start_time, KILL_MS))
        return 0;
    return failed(0, "container %s does not end, though it was killed",
                  state->id);
}

// What a killed create has left has no record.
static void remove_parts(const struct folder *folder)
{
    cleanup_job_record struct scrun_record record = { 0 };

    if (job_record_read(&record, folder) == 0)
        parts_forget(&record);
    err_clear();
}

int scrun_delete(struct container_handle *handle, bool force)
{
    enum status status = handle_status(handle);

    if (status != STATUS_STOPPED && status != STATUS_CREATED && !force)
        return failed(0,
                      "cannot delete container %s that is not stopped: it is "
                      "%s",
                      handle->state.id, state_word(status));
    if (status != STATUS_STOPPED && make_stop(handle, status) < 0)
        return -1;
    remove_parts(&handle->folder);
    return folder_remove(&handle->folder);
}
