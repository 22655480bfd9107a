// scrun_exec.c - a further process in a container that Slurm runs.
//
// A step of its own in the container's job, beside that of the container
// (--overlap), on the first node of the job, where the first rank is.
// SPDX-License-Identifier: MIT
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/fs.h"
#include "core/base/proc.h"
#include "core/base/scope.h"
#include "core/kernel/idmap.h"
#include "core/kernel/tty.h"
#include "core/oci/pid_file.h"
#include "core/slurm/anchor.h"
#include "core/slurm/command.h"
#include "core/slurm/job_config.h"
#include "core/slurm/scrun.h"
#include "core/slurm/step.h"

#define PROCESS_MAX (16 << 20) // bytes of a --process file

struct entering {
    const struct execution *how;
    struct scrun_record record;
    struct json *process;
    struct command srun;
    bool terminal;
};

// --- what it is to be

static struct json *read_json(const char *name, char *text)
{
    struct json *document =
        text == NULL ? NULL : json_parse(name, text, strlen(text));

    free(text);
    return document;
}

static void set_strings(struct json *process, const char *key,
                        const char *const *list)
{
    struct json *array = json_array();

    for (; *list != NULL; list++)
        json_append_string(array, *list);
    json_put(process, key, array);
}

static int set_user(struct json *process, const char *text)
{
    struct jail_user user = { 0 };
    struct json *object;

    if (exec_read_user(text, &user) < 0)
        return -1;
    object = json_object();
    json_add_number(object, "uid", user.uid);
    json_add_number(object, "gid", user.gid);
    json_put(process, "user", object);
    return 0;
}

static int apply_options(struct json *process, const struct execution *how)
{
    struct json *env = json_find(process, "env");

    set_strings(process, "args", how->args);
    if (env == NULL)
        env = json_add_array(process, "env");
    for (size_t i = 0; i < how->env.count; i++)
        json_append_string(env, how->env.items[i]);
    json_remove(process, "terminal");
    json_add_bool(process, "terminal", how->terminal);
    if (how->cwd != NULL) {
        json_remove(process, "cwd");
        json_add_string(process, "cwd", how->cwd);
    }
    if (how->no_new_privileges) {
        json_remove(process, "noNewPrivileges");
        json_add_bool(process, "noNewPrivileges", true);
    }
    return how->user == NULL ? 0 : set_user(process, how->user);
}

static int plan(struct entering *e, const struct container_handle *handle)
{
    struct job_config config = { .keep_uid = e->record.keep_uid };
    cleanup_json struct json *container = NULL;

    if (idmap_outer_user(&config.uid) < 0 || idmap_outer_group(&config.gid) < 0)
        return -1;
    if (e->how->process != NULL) {
        e->process =
            read_json(e->how->process,
                      fs_read(AT_FDCWD, e->how->process, PROCESS_MAX, NULL));
    } else {
        container =
            read_json(SPEC_FILE, folder_read(&handle->folder, SPEC_FILE));
        if (container != NULL)
            e->process = json_copy(json_get(container, "process"));
    }
    if (e->process == NULL)
        return -1;
    if (e->how->process == NULL && apply_options(e->process, e->how) < 0)
        return -1;
    e->terminal = json_bool(json_get(e->process, "terminal"));
    if (e->terminal && e->how->detach && e->how->console_socket == NULL)
        return failed(0, "a terminal needs --console-socket with --detach");
    job_config_process(e->process, &config);
    return 0;
}

// To the node it goes by srun's environment: there is no file that it could
// leave behind, or that would have to be sent there first.
static int put_process(const struct entering *e)
{
    cleanup_free char *text = json_text(e->process, false);

    if (strlen(text) > STEP_PROCESS_MAX)
        return failed(0,
                      "the process has more than %d bytes of words and "
                      "variables",
                      STEP_PROCESS_MAX);
    if (setenv(STEP_PROCESS, text, 1) < 0)
        return failed(errno, "can't tell the node of the process");
    return 0;
}

static int prepare(struct entering *e, const struct container_handle *handle)
{
    char step[STEP_TEXT];

    if (job_record_read(&e->record, &handle->folder) < 0)
        return -1;
    if (!job_record_step(&handle->folder, step))
        return failed(0, "cannot exec in container %s: it has no job yet",
                      handle->state.id);
    if (plan(e, handle) < 0 || put_process(e) < 0)
        return -1;
    return command_exec(&e->srun, &e->record, step, e->terminal);
}

// --- the process

static int take_terminal(const struct entering *e)
{
    cleanup_close int socket = -1;
    cleanup_close int terminal = -1;

    if (e->how->console_socket == NULL)
        return 0;
    socket = tty_connect(e->how->console_socket);
    if (socket < 0)
        return -1;
    terminal = tty_make_here(socket, 0, 0);
    return terminal < 0 ? -1 : tty_take(terminal);
}

static _Noreturn void be_detached(const void *arg, int report)
{
    const struct entering *e = arg;
    const struct anchor anchor = { .srun = e->srun.words };
    int keep[] = { report };
    int status;

    if (setsid() < 0)
        failed(errno, "can't start a session");
    else if (take_terminal(e) == 0 && proc_close_others(keep, 1) == 0) {
        status = anchor_run(&anchor, report);
        if (status >= 0)
            _exit(status);
    }
    err_send(report);
    _exit(1);
}

static int detach(const struct entering *e)
{
    pid_t pid = proc_fork(be_detached, e);

    return pid < 0 ? -1 : pid_file_write(e->how->pid_file, pid);
}

static int enter(const struct entering *e)
{
    const struct anchor anchor = { .srun = e->srun.words };

    if (e->how->detach)
        return detach(e);
    if (pid_file_write(e->how->pid_file, getpid()) < 0 || take_terminal(e) < 0)
        return -1;
    return anchor_run(&anchor, -1);
}

// What was set when the container was made: callers of exec may have less.
static void set_environment(const struct scrun_record *record)
{
    if (record->search != NULL)
        setenv("PATH", record->search, 0);
    if (record->slurm_conf != NULL)
        setenv("SLURM_CONF", record->slurm_conf, 0);
}

int scrun_exec(struct container_handle *handle, const struct execution *how)
{
    struct entering e = { .how = how };
    enum status status = handle_status(handle);
    int result = -1;

    if (status != STATUS_RUNNING)
        return failed(0, "cannot exec in container %s: it is %s, not running",
                      handle->state.id, state_word(status));
    if (prepare(&e, handle) == 0) {
        set_environment(&e.record);
        result = enter(&e);
    }
    command_free(&e.srun);
    json_free(e.process);
    job_record_free(&e.record);
    return result;
}
