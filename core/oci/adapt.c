// adapt.c - what the caller's situation makes of a configuration.
//
// The only place that looks at who is calling. Configurations are mostly
// written for root; as crun does, an ordinary user gets a user namespace that
// he did not ask for, in which the process's user is himself.
// SPDX-License-Identifier: MIT
#include "core/oci/adapt.h"

#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/log.h"
#include "core/base/str.h"
#include "core/kernel/caps.h"
#include "core/oci/job_step.h"

#define FIRST_FD 3         // behind the standard streams
#define LISTENING_MAX 1024 // descriptors, as many as a process may usually have

// A copy with room for one more, in which an empty path is none: callers write
// both.
static void copy_namespaces(struct spec *spec, bool add_user)
{
    struct jail *plan = &spec->jail;
    size_t count = plan->namespace_count;
    struct jail_namespace *copy =
        arena_take(&spec->arena, count + 1, sizeof *copy);

    for (size_t i = 0; i < count; i++) {
        copy[i] = plan->namespaces[i];
        if (copy[i].path != NULL && copy[i].path[0] == '\0')
            copy[i].path = NULL;
    }
    if (add_user)
        copy[count++].type = CLONE_NEWUSER;
    plan->namespaces = copy;
    plan->namespace_count = count;
}

static void map_one(struct spec *spec, const struct id_range **map,
                    size_t *count, struct id_range line)
{
    struct id_range *own = arena_take(&spec->arena, 1, sizeof *own);

    *own = line;
    *map = own;
    *count = 1;
}

static void map_caller(struct spec *spec)
{
    struct jail *plan = &spec->jail;
    const struct jail_user *user = &plan->process.user;

    map_one(spec, &plan->uid_map, &plan->uid_map_count,
            (struct id_range){ user->uid, geteuid(), 1 });
    map_one(spec, &plan->gid_map, &plan->gid_map_count,
            (struct id_range){ user->gid, getegid(), 1 });
}

static bool no_maps(const struct jail *plan)
{
    return plan->uid_map_count == 0 && plan->gid_map_count == 0;
}

// MPI's servers compare the ids that they see with those of the ranks, so where
// nobody asked for other ids, a rank has its own.
static bool is_rank_unmapped(const struct spec *spec,
                             const struct jail_namespace *user)
{
    return user->path == NULL && no_maps(&spec->jail) && job_step_is(spec);
}

static int settle_users(struct spec *spec, const struct adapt_options *options)
{
    struct jail *plan = &spec->jail;
    const struct jail_namespace *user =
        jail_find_namespace(plan, CLONE_NEWUSER);
    bool add = user == NULL && !caps_may_mount();

    copy_namespaces(spec, add);
    user = jail_find_namespace(plan, CLONE_NEWUSER);
    if (user != NULL && (options->keep_uid || is_rank_unmapped(spec, user))) {
        plan->process.user.uid = geteuid();
        plan->process.user.gid = getegid();
        plan->process.user.group_count = 0;
        map_caller(spec);
    } else if (add || (user != NULL && user->path == NULL && no_maps(plan))) {
        log_step("the process's user %u is the caller in a user namespace",
                 plan->process.user.uid);
        map_caller(spec);
    }
    if (user == NULL && (plan->uid_map_count > 0 || plan->gid_map_count > 0))
        return failed(0, SPEC_FILE ": linux.uidMappings: there is no user "
                                   "namespace to map ids in");
    return 0;
}

// The number of the descriptor in an environment variable of the process; -1.
static int fd_in_env(const struct jail_process *process, const char *name)
{
    size_t length = strlen(name);
    int fd = -1;
    uint64_t n;

    for (const char *const *one = process->env; one != NULL && *one != NULL;
         one++)
        if (str_starts(*one, name) && (*one)[length] == '=')
            fd = str_to_u64(*one + length + 1, &n) == 0 && n < INT_MAX ? (int)n
                                                                       : -1;
    return fd;
}

// sd_listen_fds(3): how many descriptors from 3 on are sockets for the service
// that this is to become; 0: none are.
static int count_listening(void)
{
    const char *count = getenv("LISTEN_FDS");
    const char *pid = getenv("LISTEN_PID");
    uint64_t n;

    if (count == NULL || str_to_u64(count, &n) < 0 || n > LISTENING_MAX)
        return 0;
    // another process's
    if (pid != NULL && (str_to_u64(pid, &n) < 0 || n != (uint64_t)getpid()))
        return 0;
    return (int)strtol(count, NULL, 10);
}

// The program is told of them as this process was; its number it knows best.
static void pass_listening(struct spec *spec, int count)
{
    static const char *const names[] = { "LISTEN_FDS", "LISTEN_FDNAMES" };
    struct jail_process *process = &spec->jail.process;
    const size_t more = sizeof names / sizeof *names;
    size_t had = 0;
    const char **env;

    if (count == 0)
        return;
    while (process->env != NULL && process->env[had] != NULL)
        had++;
    env = arena_take(&spec->arena, had + more + 1, sizeof *env);
    if (had > 0)
        memcpy(env, process->env, had * sizeof *env);
    for (size_t i = 0; i < more; i++) {
        const char *value = getenv(names[i]);
        size_t size = strlen(names[i]) + (value ? strlen(value) : 0) + 2;
        char *text = arena_take(&spec->arena, size, 1);

        snprintf(text, size, "%s=%s", names[i], value ? value : "");
        if (value != NULL)
            env[had++] = text;
    }
    process->env = env;
    process->listens = true;
}

// Callers ask for more than they have open, as other runtimes let them.
static int keep_fds(struct spec *spec, const struct adapt_options *options)
{
    int listening = count_listening();
    int count = options->preserve_fds + listening;
    int *fds = arena_take(&spec->arena, (size_t)count + 1, sizeof *fds);
    int pmi = fd_in_env(&spec->jail.process, "PMI_FD");
    size_t kept = 0;

    for (int fd = FIRST_FD; fd < FIRST_FD + count; fd++) {
        if (fcntl(fd, F_GETFD) < 0) {
            log_warn("descriptor %d is to be kept, but is not open", fd);
            break;
        }
        fds[kept++] = fd;
    }
    // MPI's process manager, PMI2: only the environment tells of it
    if (pmi >= FIRST_FD + count && fcntl(pmi, F_GETFD) >= 0)
        fds[kept++] = pmi;
    spec->jail.keep_fds = fds;
    spec->jail.keep_fd_count = kept;
    pass_listening(spec, listening);
    return 0;
}

static bool has_variable(const char *const *env, const char *variable)
{
    size_t length = strcspn(variable, "=") + 1;

    for (; env != NULL && *env != NULL; env++)
        if (strncmp(*env, variable, length) == 0)
            return true;
    return false;
}

// All that looks at the environment comes later.
static void add_env(struct spec *spec, const struct strlist *more)
{
    const char *const *env = spec->jail.process.env;
    size_t count = 0;
    const char **all;

    while (env != NULL && env[count] != NULL)
        count++;
    all = arena_take(&spec->arena, count + more->count + 1, sizeof *all);
    if (count > 0)
        memcpy(all, env, count * sizeof *all);
    for (size_t i = 0; i < more->count; i++)
        if (!has_variable(env, more->items[i]))
            all[count++] = more->items[i];
    spec->jail.process.env = all;
}

int adapt_spec(struct spec *spec, const struct adapt_options *options)
{
    if (options->more_env != NULL)
        add_env(spec, options->more_env);
    spec->jail.console_socket = options->console_socket;
    spec->jail.no_pivot = options->no_pivot;
    spec->jail.own_session = options->own_session;
    spec->jail.keep_keyring = options->keep_keyring;
    // crun's
    spec->jail.keep_groups =
        spec_annotation(spec, "run.oci.keep_original_groups") != NULL;
    spec->jail.filter.names_must_be_known =
        spec_annotation(spec, "run.oci.seccomp_fail_unknown_syscall") != NULL;
    if (options->preserve_fds < 0)
        return failed(0, "--preserve-fds: out of range: %d",
                      options->preserve_fds);
    if (settle_users(spec, options) < 0 || job_step_adapt(spec) < 0)
        return -1;
    return keep_fds(spec, options);
}
