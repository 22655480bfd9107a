// create.c - make a container, up to where it waits to be started.
//
// One process makes it, this one; another becomes it. They meet at two gates
// (core/run/gate.h). Whichever dies first, the other ends: this process takes
// all back at its "undo:", and a container whose maker has gone ends by itself.
// SPDX-License-Identifier: MIT
#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/log.h"
#include "core/base/proc.h"
#include "core/base/scope.h"
#include "core/oci/intel_rdt.h"
#include "core/oci/lifecycle.h"
#include "core/oci/net_devices.h"
#include "core/oci/receivers.h"
#include "core/run/door.h"
#include "core/run/gate.h"
#include "core/run/hook.h"

struct making {
    const struct creation *how;
    const struct bundle *bundle;
    struct container_handle *handle;
    struct cgroup_plan group;
    struct net_devices devices; // that it has got
    struct gate gate;
    pid_t first; // the process forked here
    bool hooked; // hooks have been run, at least in part
    pid_t pid;   // the container's: the same, or one that the first has forked
};

char *lifecycle_hook_text(const void *state, const char *status, pid_t pid)
{
    struct json *document = state_json(state, status, pid);
    char *text = json_text(document, false);

    json_free(document);
    return text;
}

// In the new process: it becomes the container, or ends.
static _Noreturn void be_container(struct making *m, struct gate *gate,
                                   struct door *door, bool inside)
{
    struct jail plan = m->bundle->spec.jail;

    gate_close(&m->gate);
    plan.born_inside = inside;
    plan.hook_text = lifecycle_hook_text;
    plan.listener_text = receivers_text;
    plan.hook_context = &m->handle->state;
    jail_enter(&plan, gate, door);
    proc_end(1);
}

static int fork_container(struct making *m)
{
    struct door door = { -1 };
    struct gate inside = { -1 };
    bool born_inside;

    if (door_make(&door, m->handle->folder.dir, LIFECYCLE_DOOR) < 0 ||
        gate_make(&inside, &m->gate) < 0) {
        door_close(&door);
        return -1;
    }
    m->first = jail_fork(&m->bundle->spec.jail, &born_inside);
    if (m->first == 0)
        be_container(m, &inside, &door, born_inside);
    if (born_inside)
        m->pid = m->first;
    door_close(&door);
    gate_close(&inside);
    if (m->first > 0)
        return 0;
    return failed(errno, "can't fork the process of container %s", m->how->id);
}

static int run_hooks(const struct making *m, const char *kind,
                     const struct jail_hooks *hooks)
{
    cleanup_free char *text = NULL;

    if (hooks->count == 0)
        return 0;
    text = lifecycle_hook_text(&m->handle->state, "creating", m->pid);
    return hook_run_all(kind, hooks, text);
}

// The namespaces are there, and the process waits.
static int settle(struct making *m)
{
    const struct spec *spec = &m->bundle->spec;
    struct state *state = &m->handle->state;

    if (gate_wait_arrival(&m->gate, &m->pid) < 0)
        return -1;
    if (m->pid != m->first)
        proc_wait(m->first);
    if (cgroup_enter(&m->group, state, m->pid) < 0 ||
        cgroup_hand_over(spec, state) < 0 ||
        intel_rdt_enter(spec, state, m->pid) < 0)
        return -1;
    if (state_set_process(state, m->pid) < 0 ||
        state_save(state, &m->handle->folder) < 0)
        return -1;
    if (net_devices_move(&m->devices, spec, m->pid) < 0 ||
        receivers_send_process(spec, m->pid) < 0 ||
        receivers_send_pidfd(m->how->pidfd_socket, m->pid) < 0)
        return -1;
    m->hooked = true;
    if (run_hooks(m, "prestart", &spec->prestart) < 0 ||
        run_hooks(m, "createRuntime", &spec->create_runtime) < 0)
        return -1;
    return gate_open(&m->gate, m->pid);
}

// All is made, and the process waits once more: from now on for its start.
static int release(struct making *m)
{
    struct state *state = &m->handle->state;

    if (gate_wait_arrival(&m->gate, &m->pid) < 0 ||
        cgroup_delegate(&m->bundle->spec, state, m->pid) < 0)
        return -1;
    return handle_made(m->handle, m->how->pid_file, m->pid) < 0
               ? -1
               : gate_open(&m->gate, m->pid);
}

static int make(struct making *m)
{
    struct folder *folder = &m->handle->folder;
    struct state *state = &m->handle->state;
    const struct spec *spec = &m->bundle->spec;

    state_begin(state, m->how->id, spec);
    if (cgroup_choose(&m->group, spec, m->how->cgroup_manager, state) < 0 ||
        intel_rdt_choose(spec, state) < 0)
        return -1;
    // before anything is made that it tells of
    if (state_save(state, folder) < 0 ||
        folder_write(folder, SPEC_FILE, spec->text) < 0)
        return -1;
    if (fork_container(m) < 0)
        return -1;
    return settle(m) < 0 ? -1 : release(m);
}

static void kill_and_wait(pid_t pid)
{
    if (pid <= 0)
        return;
    kill(pid, SIGKILL);
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
        continue;
}

// After failed(), which stays pending.
static void remove_groups(const struct state *state)
{
    struct err_kept *pending = err_put_aside();

    if (cgroup_remove(state) < 0)
        log_why("a control group is left: %s", err_text());
    if (intel_rdt_remove(state) < 0)
        log_why("a group of resctrl is left: %s", err_text());
    err_take_back(pending);
}

int lifecycle_create(const struct creation *how, const struct bundle *bundle,
                     struct container_handle *handle)
{
    struct making m = {
        .how = how, .bundle = bundle, .handle = handle, .gate = { -1 }
    };

    *handle = (struct container_handle)HANDLE_NONE;
    if (folder_claim(&handle->folder, how->root, how->id) < 0)
        return -1;
    if (make(&m) < 0)
        goto undo;
    gate_close(&m.gate);
    net_devices_free(&m.devices);
    log_step("container %s waits to be started, process %d", how->id,
             (int)m.pid);
    return 0;

undo:
    // before the container's process ends, and its namespaces with it
    net_devices_return(&m.devices, m.pid);
    net_devices_free(&m.devices);
    gate_close(&m.gate);
    kill_and_wait(m.pid);
    if (m.first != m.pid)
        kill_and_wait(m.first);
    remove_groups(&handle->state);
    // "continue the lifecycle": what hooks have begun, hooks end
    if (m.hooked)
        lifecycle_run_poststop(&handle->state, &bundle->spec.poststop);
    folder_remove(&handle->folder);
    return -1;
}
