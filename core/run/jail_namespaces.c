// jail_namespaces.c - the namespaces of a container.
//
// The order is the kernel's demand (user_namespaces(7)):
//   - what is joined by a path belongs to the caller's user namespace as a
//     rule, and is joined before a new one is made; what refuses is tried again
//     in it;
//   - the new user namespace comes first of the new ones, as it owns the
//     others;
//   - the image's server is forked in it, but before the mount namespace, which
//     it would keep alive (core/fuse/server.h), and before the PID namespace,
//     whose end it would not survive;
//   - no process can change its own PID namespace: another one goes on.
// SPDX-License-Identifier: MIT
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/errno_text.h"
#include "core/base/log.h"
#include "core/base/scope.h"
#include "core/kernel/aside.h"
#include "core/kernel/idmap.h"
#include "core/kernel/net.h"
#include "core/kernel/ns.h"
#include "core/run/jail_work.h"
#include "core/run/mapper.h"

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x80 // Linux 5.6
#endif

#define KINDS_MAX 16 // of namespaces in a plan; there are eight

// Those that wait for a second try, or for their turn.
struct joining {
    int fds[KINDS_MAX];
    const struct jail_namespace *items[KINDS_MAX];
    size_t count;
};

const struct jail_namespace *jail_find_namespace(const struct jail *plan,
                                                 int type)
{
    for (size_t i = 0; i < plan->namespace_count; i++)
        if (plan->namespaces[i].type == type)
            return &plan->namespaces[i];
    return NULL;
}

bool jail_needs_child(const struct jail *plan)
{
    return !plan->born_inside &&
           (jail_find_namespace(plan, CLONE_NEWPID) != NULL ||
            jail_find_namespace(plan, CLONE_NEWTIME) != NULL);
}

static int planned_flags(const struct jail *plan)
{
    int flags = 0;

    for (size_t i = 0; i < plan->namespace_count; i++)
        if (plan->namespaces[i].path == NULL)
            flags |= plan->namespaces[i].type;
    return flags;
}

// Not if another one must own it or be joined before, nor if the server of an
// image, or what keeps a lock, is to be forked outside of it.
static bool may_be_born_inside(const struct jail *plan)
{
    if (jail_find_namespace(plan, CLONE_NEWPID) == NULL ||
        jail_find_namespace(plan, CLONE_NEWUSER) != NULL ||
        jail_find_namespace(plan, CLONE_NEWTIME) != NULL ||
        jail_has_image(plan) || plan->layer != NULL)
        return false;
    for (size_t i = 0; i < plan->namespace_count; i++)
        if (plan->namespaces[i].path != NULL)
            return false;
    // the host's /proc knows the process that maps ids by another number
    for (size_t i = 0; i < plan->mount_count; i++)
        if (plan->mounts[i].uid_map_count > 0)
            return false;
    return true;
}

// By a bare clone(2), as the C library's fork(3) makes no namespaces. This
// process has no threads and no locks.
pid_t jail_fork(const struct jail *plan, bool *inside)
{
    int flags = SIGCHLD;

    *inside = may_be_born_inside(plan);
    if (*inside)
        flags |= CLONE_NEWPID;
    return (pid_t)syscall(SYS_clone, flags, 0, 0, 0, 0);
}

// --- joining

static int open_paths(const struct jail *plan, struct joining *joining)
{
    for (size_t i = 0; i < plan->namespace_count; i++) {
        const struct jail_namespace *one = &plan->namespaces[i];
        int fd;

        if (one->path == NULL)
            continue;
        if (joining->count == KINDS_MAX)
            return failed(0, "more than %d namespaces", KINDS_MAX);
        fd = ns_open_path(one->path, one->type);
        if (fd < 0)
            return -1;
        joining->items[joining->count] = one;
        joining->fds[joining->count++] = fd;
    }
    return 0;
}

// Join those of the list that are, or are not, of a type; -1 after failed().
// What refuses for want of privilege stays in the list if there is a second
// try.
static int join(struct joining *joining, int types, bool again)
{
    for (size_t i = 0; i < joining->count; i++) {
        const struct jail_namespace *one = joining->items[i];

        if (joining->fds[i] < 0 || (one->type & types) == 0)
            continue;
        if (ns_enter(joining->fds[i]) < 0) {
            if (errno == EPERM && again)
                continue;
            return failed(errno, "can't join the %s namespace %s",
                          ns_type(one->type), one->path);
        }
        close(joining->fds[i]);
        joining->fds[i] = -1;
    }
    return 0;
}

static void close_paths(const struct joining *joining)
{
    for (size_t i = 0; i < joining->count; i++)
        scope_close(&joining->fds[i]);
}

// --- the user namespace

static bool is_own_id(const struct id_range *map, size_t count, unsigned id)
{
    return count == 1 && map[0].count == 1 && map[0].outside == id;
}

static int fill_map(struct id_map *map, const struct id_range *lines,
                    size_t count)
{
    if (count > SUBIDS_LINES)
        return failed(0, "more than %d lines of a map of ids", SUBIDS_LINES);
    map->count = count;
    for (size_t i = 0; i < count; i++)
        map->lines[i] = lines[i];
    return 0;
}

// The caller's own ids he may map himself (user_namespaces(7)); others take a
// process outside.
int jail_make_user_namespace(const struct jail *plan)
{
    struct id_map users = { .count = 0 };
    struct id_map groups = { .count = 0 };
    cleanup_mapper struct mapper *mapper = NULL;

    if (is_own_id(plan->uid_map, plan->uid_map_count, geteuid()) &&
        is_own_id(plan->gid_map, plan->gid_map_count, getegid())) {
        struct idmap own =
            idmap_of_caller(plan->uid_map[0].inside, plan->gid_map[0].inside);

        return ns_unshare(CLONE_NEWUSER) < 0 ? -1 : idmap_write(&own);
    }
    if (fill_map(&users, plan->uid_map, plan->uid_map_count) < 0 ||
        fill_map(&groups, plan->gid_map, plan->gid_map_count) < 0)
        return -1;
    mapper = mapper_start_maps(&users, &groups);
    if (mapper == NULL || ns_unshare(CLONE_NEWUSER) < 0)
        return -1;
    return mapper_map(mapper);
}

// What is made from now on belongs to root of the container, if there is one.
// By bare system calls: those of the library would tell other threads.
int jail_become_root(void)
{
    if (syscall(SYS_setresgid, 0, 0, 0) < 0 && errno != EINVAL)
        return failed(errno, "can't become group 0 of the user namespace");
    if (syscall(SYS_setresuid, 0, 0, 0) < 0 && errno != EINVAL)
        return failed(errno, "can't become user 0 of the user namespace");
    return 0;
}

// Where the new namespace denies setgroups(2), its processes keep what they
// come with: the caller's, which may give rights to files of the host. An
// ordinary user can't leave his; he has these rights anyway.
void jail_leave_groups(void)
{
    (void)syscall(SYS_setgroups, 0, NULL);
}

static int enter_user_namespace(struct jail_work *work, struct joining *joining)
{
    const struct jail_namespace *user =
        jail_find_namespace(work->plan, CLONE_NEWUSER);

    if (user == NULL)
        return 0;
    work->user_namespace = true;
    jail_leave_groups();
    share_enter_user(&work->share);
    if (work->share.role == SHARE_MEMBER)
        return jail_become_root();
    if (user->path != NULL ? join(joining, CLONE_NEWUSER, false) < 0
                           : jail_make_user_namespace(work->plan) < 0)
        return -1;
    return jail_become_root();
}

// --- the process that goes on

// A sibling, as the maker is to be its parent: by a bare clone(2), for the C
// library's knows no CLONE_PARENT. This process has no threads and no locks.
int jail_go_on_in_child(struct jail_work *work)
{
    pid_t pid = (pid_t)syscall(SYS_clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0);

    if (pid < 0)
        return failed(errno, "can't fork the process of the container%s",
                      aside_hint(errno));
    if (pid == 0)
        return 0;
    _exit(gate_tell(work->gate, pid) < 0 ? 1 : 0);
}

static int make_others(struct jail_work *work)
{
    const int later = CLONE_NEWUSER | CLONE_NEWCGROUP;
    int flags = planned_flags(work->plan) & ~later;

    if (work->plan->born_inside)
        flags &= ~CLONE_NEWPID;
    if (flags != 0 && ns_unshare(flags) < 0)
        return -1;
    // programs that talk to themselves by 127.0.0.1 count on it
    if ((flags & CLONE_NEWNET) != 0 && net_raise_loopback() < 0)
        log_step("the loopback interface stays down: %s", errno_text(errno));
    if (jail_set_clocks(work) < 0)
        return -1;
    return jail_needs_child(work->plan) ? jail_go_on_in_child(work) : 0;
}

static int enter(struct jail_work *work, struct joining *joining)
{
    const int last = CLONE_NEWUSER | CLONE_NEWNS;
    bool user = jail_find_namespace(work->plan, CLONE_NEWUSER) != NULL;

    if (open_paths(work->plan, joining) < 0 || join(joining, ~last, user) < 0)
        return -1;
    if (enter_user_namespace(work, joining) < 0 ||
        join(joining, ~last, false) < 0)
        return -1;
    if (jail_serve_image(work) < 0)
        return -1;
    if (jail_guard_process(work) < 0 || join(joining, CLONE_NEWNS, false) < 0)
        return -1;
    return make_others(work);
}

int jail_enter_namespaces(struct jail_work *work)
{
    struct joining joining = { .count = 0 };
    int status = enter(work, &joining);

    close_paths(&joining);
    return status;
}

int jail_enter_cgroup_namespace(const struct jail_work *work)
{
    if ((planned_flags(work->plan) & CLONE_NEWCGROUP) == 0)
        return 0;
    log_step("making a cgroup namespace");
    return ns_unshare(CLONE_NEWCGROUP);
}
