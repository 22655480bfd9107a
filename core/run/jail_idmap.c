// jail_idmap.c - sources of binds whose files get other ids, or that only the
// maker can reach.
//
// The kernel takes a map of ids for a mount from a user namespace, be it the
// container's or one made for nothing else, and lets only those set it who have
// privileges over the file system: nobody in the container's user namespace.
// So it is done before that is entered, on a mount that is nowhere yet.
// SPDX-License-Identifier: MIT
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/proc.h"
#include "core/base/scope.h"
#include "core/base/str.h"
#include "core/kernel/mount.h"
#include "core/kernel/mount_words.h"
#include "core/kernel/ns.h"
#include "core/run/jail_work.h"

#define PATH_SIZE 48 // bytes of "/proc/PID/ns/user"

static _Noreturn void be_namespace(const struct jail *maps, struct gate *gate)
{
    pid_t told;

    if (jail_make_user_namespace(maps) < 0)
        gate_fail(gate);
    else
        gate_arrive(gate, getpid(), &told);
    _exit(0);
}

// The namespace of a process that does nothing but wait in it. A descriptor, or
// -1 after failed().
static int make_namespace(const struct jail *maps)
{
    struct gate inside, maker;
    char path[PATH_SIZE];
    pid_t pid, arrived = 0;
    int fd = -1;

    if (gate_make(&inside, &maker) < 0)
        return -1;
    pid = fork();
    if (pid == 0) {
        gate_close(&maker);
        be_namespace(maps, &inside);
    }
    gate_close(&inside);
    if (pid < 0)
        failed(errno, "can't fork a process for a map of ids");
    else if (gate_wait_arrival(&maker, &arrived) == 0) {
        snprintf(path, sizeof path, "/proc/%d/ns/user", (int)pid);
        fd = ns_open_path(path, CLONE_NEWUSER);
    }
    gate_close(&maker);
    if (pid > 0)
        proc_wait(pid);
    return fd;
}

// The mount's own maps, or those of the container's user namespace.
static int open_namespace(const struct jail *plan, const struct jail_mount *m)
{
    const struct jail_namespace *user =
        jail_find_namespace(plan, CLONE_NEWUSER);
    struct jail maps = { .uid_map = m->uid_map,
                         .uid_map_count = m->uid_map_count,
                         .gid_map = m->gid_map,
                         .gid_map_count = m->gid_map_count };

    if (m->uid_map_count > 0)
        return make_namespace(&maps);
    if (user == NULL)
        return failed(0,
                      "%s: no uidMappings and no user namespace to map the "
                      "ids of the files by",
                      m->destination);
    return user->path != NULL ? ns_open_path(user->path, CLONE_NEWUSER)
                              : make_namespace(plan);
}

// The caller frees; NULL after failed().
static char *source_of(const struct jail *plan, const struct jail_mount *m)
{
    return m->source[0] == '/' ? str_dup(m->source)
                               : str_printf("%s/%s", plan->bundle, m->source);
}

static int map_source(const struct jail *plan, const struct jail_mount *m,
                      const struct mount_words *words)
{
    cleanup_close int namespace = open_namespace(plan, m);
    cleanup_close int mount = -1;
    cleanup_free char *source = NULL;

    if (namespace < 0)
        return -1;
    source = source_of(plan, m);
    if (source == NULL)
        return -1;
    mount = mount_clone(source, words->bind_below);
    if (mount < 0 || mount_map_ids(mount, namespace, words->map_ids_below) < 0)
        return failed(errno, "can't map the ids of %s%s", source,
                      errno == EPERM ? " (it takes root outside of the "
                                       "container's user namespace)"
                                     : "");
    return steal_fd(&mount);
}

// The id that root of a new user namespace has outside of it; -1: none.
static long outside_root(const struct id_range *map, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (map[i].inside == 0)
            return map[i].outside;
    return -1;
}

// By the file system's user and group, of which root gives up his rights for as
// long as it is another's (setfsuid(2)). They have no errors to tell of.
static bool can_reach(const char *source, long uid, long gid)
{
    cleanup_close int fd = -1;
    int errnum;

    syscall(SYS_setfsgid, gid);
    syscall(SYS_setfsuid, uid);
    fd = open(source, O_PATH | O_CLOEXEC);
    errnum = errno;
    syscall(SYS_setfsuid, geteuid());
    syscall(SYS_setfsgid, getegid());
    return fd >= 0 || errnum != EACCES;
}

// A bind of what is behind a directory that the container's root may not enter,
// but its maker may. -1: there is no need for it.
static int reach(const struct jail_work *work, const struct jail_mount *m,
                 const struct mount_words *words)
{
    const struct jail *plan = work->plan;
    const struct jail_namespace *user =
        jail_find_namespace(plan, CLONE_NEWUSER);
    long uid = outside_root(plan->uid_map, plan->uid_map_count);
    long gid = outside_root(plan->gid_map, plan->gid_map_count);
    cleanup_free char *source = NULL;

    if (!work->privileged || user == NULL || user->path != NULL || uid < 0 ||
        gid < 0 || m->source == NULL || words->source_no_follow ||
        words->copy_link)
        return -1;
    if (!words->bind && (m->type == NULL || strcmp(m->type, "bind") != 0))
        return -1;
    source = source_of(plan, m);
    // what fails here fails later, where it is told of
    return source == NULL || can_reach(source, uid, gid)
               ? -1
               : mount_clone(source, words->bind_below);
}

static int change_times(int mount, uint64_t set, uint64_t clear, bool below)
{
    set &= MOUNT_ACCESS_TIMES;
    clear &= MOUNT_ACCESS_TIMES;
    return (set | clear) == 0 ? 0 : mount_change(mount, set, clear, below);
}

// Before they are locked: what a mount does of access times always is.
static int set_times(int mount, const struct jail_mount *m,
                     const struct mount_words *words)
{
    if (change_times(mount, words->set_below, words->clear_below, true) < 0 ||
        change_times(mount, words->set, words->clear, false) < 0)
        return failed(errno, "can't set the access times of %s",
                      m->destination);
    return 0;
}

// -1: its ids stay, and so does it; -2 after failed().
static int open_one(const struct jail_work *work, const struct jail_mount *m,
                    const struct mount_words *words)
{
    int fd;

    if (m->uid_map_count == 0 && !words->map_ids)
        return reach(work, m, words);
    if (m->source == NULL ||
        (!words->bind && (m->type == NULL || strcmp(m->type, "bind") != 0))) {
        failed(0, "%s: only a bind can have ids mapped", m->destination);
        return -2;
    }
    fd = map_source(work->plan, m, words);
    return fd < 0 ? -2 : fd;
}

static int map_one(const struct jail_work *work, const struct jail_mount *m)
{
    cleanup_mount_words struct mount_words words = { 0 };
    cleanup_close int fd = -1;

    if (mount_words_read(&words, m->options) < 0)
        return -2;
    fd = open_one(work, m, &words);
    if (fd >= 0 && set_times(fd, m, &words) < 0)
        return -2;
    return steal_fd(&fd);
}

int jail_map_sources(struct jail_work *work)
{
    const struct jail *plan = work->plan;
    int *fds;

    if (plan->mount_count == 0)
        return jail_lock_sources(work);
    fds = malloc(plan->mount_count * sizeof *fds);
    if (fds == NULL)
        return failed(errno, "no memory for the mounts");
    for (size_t i = 0; i < plan->mount_count; i++)
        fds[i] = -1;
    work->mapped = fds;
    for (size_t i = 0; i < plan->mount_count; i++) {
        fds[i] = map_one(work, &plan->mounts[i]);
        if (fds[i] == -2)
            return failed_while("mounts[%zu]", i);
    }
    return jail_lock_sources(work);
}

void jail_forget_sources(struct jail_work *work)
{
    for (size_t i = 0; work->mapped != NULL && i < work->plan->mount_count; i++)
        scope_close(&work->mapped[i]);
    for (size_t i = 0; work->devices != NULL && i < work->plan->device_count;
         i++)
        scope_close(&work->devices[i]);
    free(work->mapped);
    free(work->devices);
    work->mapped = work->devices = NULL;
}
