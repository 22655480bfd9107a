// exec.c - a further process in a container that runs.
//
// What is not said of it is as for the container's first process, whose
// configuration was kept when it was made: the bundle's file may have changed.
// SPDX-License-Identifier: MIT
#include "core/oci/exec.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/fs.h"
#include "core/base/proc.h"
#include "core/base/scope.h"
#include "core/kernel/capabilities.h"
#include "core/oci/pid_file.h"
#include "core/oci/receivers.h"
#include "core/oci/waiting.h"
#include "core/run/gate.h"

#define PROCESS_MAX (16 << 20) // bytes of a --process file
#define SPEC_MAX (16 << 20)    // bytes of a configuration

// --- what it is to be

static const char **copy_list(struct spec *spec, const char *const *list,
                              const struct strlist *more)
{
    size_t count = 0;
    const char **copy;

    while (list != NULL && list[count] != NULL)
        count++;
    copy = arena_take(&spec->arena, count + more->count + 1, sizeof *copy);
    if (count > 0)
        memcpy(copy, list, count * sizeof *copy);
    for (size_t i = 0; i < more->count; i++)
        copy[count + i] = more->items[i];
    return copy;
}

static void add_capabilities(struct spec *spec, const struct execution *how)
{
    struct jail_capabilities *c = &spec->jail.process.capabilities;
    // not the inheritable ones: a file's could become effective
    // (CVE-2022-29162)
    const char *const **sets[] = { &c->bounding, &c->effective, &c->permitted };

    if (how->capabilities.count == 0)
        return;
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++)
        *sets[i] = copy_list(spec, *sets[i], &how->capabilities);
    // without effect for those that are not inheritable
    if (c->inheritable != NULL)
        c->ambient = copy_list(spec, c->ambient, &how->capabilities);
}

static int check_capabilities(const struct strlist *list)
{
    for (size_t i = 0; i < list->count; i++)
        if (capabilities_find(list->items[i]) < 0)
            return failed(0, "--cap: unknown capability: %s", list->items[i]);
    return 0;
}

static int add_groups(struct spec *spec, const struct strlist *more)
{
    struct jail_user *user = &spec->jail.process.user;
    uint32_t *groups = arena_take(
        &spec->arena, user->group_count + more->count + 1, sizeof *groups);
    uint64_t number;

    if (user->group_count > 0)
        memcpy(groups, user->groups, user->group_count * sizeof *groups);
    for (size_t i = 0; i < more->count; i++) {
        if (str_to_u64(more->items[i], &number) < 0 || number >= UINT32_MAX)
            return failed(0, "--additional-gids: not a number of a group: %s",
                          more->items[i]);
        groups[user->group_count++] = (uint32_t)number;
    }
    user->groups = groups;
    return 0;
}

static int apply_options(struct spec *spec, const struct execution *how)
{
    struct jail_process *process = &spec->jail.process;

    process->args = how->args;
    process->terminal = how->terminal;
    process->env = copy_list(spec, process->env, &how->env);
    if (check_capabilities(&how->capabilities) < 0)
        return -1;
    add_capabilities(spec, how);
    if (how->cwd != NULL)
        process->cwd = how->cwd;
    if (how->no_new_privileges)
        process->no_new_privileges = true;
    if (how->apparmor_profile != NULL)
        process->apparmor_profile = how->apparmor_profile;
    if (how->selinux_label != NULL)
        process->selinux_label = how->selinux_label;
    if (how->user != NULL && exec_read_user(how->user, &process->user) < 0)
        return -1;
    if (how->groups.count > 0 && add_groups(spec, &how->groups) < 0)
        return -1;
    return spec_check_process(process, "exec");
}

// "own" is what the file says, and owns its strings.
static int read_process(struct spec *spec, struct spec *own,
                        const struct execution *how)
{
    const char *file = how->process != NULL ? how->process : "the process";
    char *text = how->process != NULL
                     ? fs_read(AT_FDCWD, file, PROCESS_MAX, NULL)
                     : str_dup(how->process_text);

    if (text == NULL || spec_parse_process(own, file, text) < 0)
        return -1;
    spec->jail.process = own->jail.process;
    return 0;
}

static int plan(struct spec *spec, struct spec *own,
                const struct container_handle *handle,
                const struct execution *how)
{
    char *text = how->config != NULL
                     ? fs_read_regular(AT_FDCWD, how->config, SPEC_MAX, NULL)
                     : folder_read(&handle->folder, SPEC_FILE);
    struct adapt_options options = { .console_socket = how->console_socket,
                                     .preserve_fds = how->preserve_fds,
                                     .own_session = how->detach };
    int status;

    if (text == NULL || spec_parse(spec, SPEC_FILE, text) < 0)
        return -1;
    status = how->process != NULL || how->process_text != NULL
                 ? read_process(spec, own, how)
                 : apply_options(spec, how);
    spec->jail.dies_with_maker = !how->detach;
    return status < 0 ? -1 : adapt_spec(spec, &options);
}

// --- the process

static _Noreturn void be_process(const struct spec *spec,
                                 const struct state *state, struct gate *maker,
                                 struct gate *gate)
{
    struct jail plan = spec->jail;

    plan.hook_context = state;
    plan.listener_text = receivers_text;
    gate_close(maker);
    jail_visit(&plan, state->pid, state->start_time, gate);
    proc_end(1);
}

// Up to where it executes its program. "first" is the process forked here, *pid
// the one that goes on.
static int follow(struct gate *gate, const struct execution *how,
                  const struct state *state, pid_t first, pid_t *pid)
{
    if (gate_wait_arrival(gate, pid) < 0)
        return -1;
    if (*pid != first)
        proc_wait(first);
    if (cgroup_join(state->cgroup, &how->cgroups, *pid) < 0 ||
        pid_file_write(how->pid_file, *pid) < 0 ||
        receivers_send_pidfd(how->pidfd_socket, *pid) < 0)
        return -1;
    return gate_open(gate, *pid) < 0 ? -1 : gate_wait_end(gate);
}

static int start(const struct spec *spec, const struct container_handle *handle,
                 const struct execution *how, pid_t *pid)
{
    struct gate inside = { -1 };
    struct gate maker = { -1 };
    pid_t first;
    int status;

    if (gate_make(&inside, &maker) < 0)
        return -1;
    first = fork();
    if (first == 0)
        be_process(spec, &handle->state, &maker, &inside);
    gate_close(&inside);
    status = first < 0 ? failed(errno, "can't fork the process")
                       : follow(&maker, how, &handle->state, first, pid);
    gate_close(&maker);
    if (status == 0)
        return 0;
    // it ends by itself now, for its maker's end is closed
    if (*pid > 0)
        waitpid(*pid, NULL, 0);
    return -1;
}

int exec_read_user(const char *text, struct jail_user *user)
{
    cleanup_free char *copy = str_dup(text);
    char *colon = copy != NULL ? strchr(copy, ':') : NULL;
    uint64_t uid, gid = 0;

    if (copy == NULL)
        return -1;
    if (colon != NULL)
        *colon = '\0';
    if (str_to_u64(copy, &uid) < 0 || uid >= UINT32_MAX ||
        (colon != NULL &&
         (str_to_u64(colon + 1, &gid) < 0 || gid >= UINT32_MAX)))
        return failed(0, "--user: not UID or UID:GID in numbers: %s", text);
    *user =
        (struct jail_user){ .uid = (uint32_t)uid,
                            .gid = colon != NULL ? (uint32_t)gid : user->gid,
                            .umask = user->umask };
    return 0;
}

int exec_run(struct container_handle *handle, const struct execution *how)
{
    cleanup_spec struct spec spec = { 0 };
    cleanup_spec struct spec own = { 0 };
    enum status status = handle_status(handle);
    int console[2] = { -1, -1 };
    pid_t pid = 0;
    int ended;

    if (status != STATUS_RUNNING && status != STATUS_PAUSED &&
        status != STATUS_CREATED)
        return failed(0, "cannot exec in container %s: it is %s, not running",
                      handle->state.id, state_word(status));
    if (status == STATUS_PAUSED && !how->ignore_paused)
        return failed(0,
                      "cannot exec in a paused container: %s (it can wait, "
                      "with --ignore-paused)",
                      handle->state.id);
    if (plan(&spec, &own, handle, how) < 0)
        return -1;
    if (spec.jail.process.terminal && !how->detach &&
        how->console_socket == NULL) {
        if (waiting_make_console(console) < 0)
            return -1;
        spec.jail.console = console[1];
    }
    if (start(&spec, handle, how, &pid) < 0) {
        waiting_print_rest(console[0]);
        return -1;
    }
    if (how->detach)
        return 0;
    waiting_begin();
    ended = console[0] >= 0 ? waiting_on_terminal(pid, console[0])
                            : waiting_for(pid, true);
    return ended < 0 ? -1 : waiting_end_as(ended);
}
