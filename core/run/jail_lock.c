// jail_lock.c - clones of the host's mounts, with the locks of the kernel.
//
// What comes into a mount namespace of less privileges with the copy of the
// whole is locked: nobody there can take back that it is read-only or nosuid,
// or unmount what covers something (mount_namespaces(7)). A clone that was made
// outside and is put there has no locks. So a process lets such a copy be made
// with the clones in it, and clones them there once more.
// SPDX-License-Identifier: MIT
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/proc.h"
#include "core/base/scope.h"
#include "core/kernel/mount.h"
#include "core/kernel/ns.h"
#include "core/kernel/root.h"
#include "core/kernel/socket.h"
#include "core/run/jail_work.h"

#define SCRATCH "1m" // of the tmpfs, in which there are only mount points
#define NAME_SIZE 24 // bytes of one of them
#define FILE_MODE 0600

// A directory of its own to mount at: the working directory. Not upon "/": who
// has a mount there above his root may make no user namespace.
static int make_scratch(void)
{
    cleanup_close int place = -1;

    if (ns_unshare(CLONE_NEWNS) < 0)
        return -1;
    if (mount_isolate() < 0)
        return failed(errno, "can't keep clones of mounts to themselves");
    place = open(ROOT_ASIDE, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (place < 0 || mount_tmpfs(place, 0755, SCRATCH) < 0)
        return failed(errno, "can't mount a tmpfs for clones of mounts");
    return chdir(ROOT_ASIDE) == 0 ? 0 : failed(errno, "can't enter a tmpfs");
}

static void name_of(size_t index, char name[NAME_SIZE])
{
    snprintf(name, NAME_SIZE, "%zu", index);
}

static int put(int clone, const char *name)
{
    struct stat st;
    cleanup_close int target = -1;

    if (fstat(clone, &st) < 0)
        return -1;
    if (S_ISDIR(st.st_mode) ? mkdir(name, FILE_MODE) < 0
                            : mknod(name, S_IFREG | FILE_MODE, 0) < 0)
        return -1;
    target = open(name, O_PATH | O_CLOEXEC);
    return target < 0 ? -1 : mount_put(clone, target);
}

static int put_all(const struct jail_work *work)
{
    char name[NAME_SIZE];

    for (size_t i = 0; i < work->plan->mount_count; i++) {
        name_of(i, name);
        if (work->mapped[i] >= 0 && put(work->mapped[i], name) < 0)
            return failed(errno, "can't put a clone of mounts[%zu]", i);
    }
    return 0;
}

static int send_one(int socket, size_t index)
{
    char name[NAME_SIZE];
    struct parcel parcel = { .bytes = name, .size = sizeof name, .count = 1 };
    cleanup_close int clone = -1;

    name_of(index, name);
    clone = mount_clone(name, true);
    if (clone < 0)
        return failed(errno, "can't clone mounts[%zu]", index);
    parcel.fds[0] = clone;
    return socket_send(socket, &parcel) == 0
               ? 0
               : failed(errno, "can't hand on mounts[%zu]", index);
}

static int lock_all(const struct jail_work *work, int socket)
{
    if (make_scratch() < 0 || put_all(work) < 0 ||
        ns_unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0)
        return -1;
    for (size_t i = 0; i < work->plan->mount_count; i++)
        if (work->mapped[i] >= 0 && send_one(socket, i) < 0)
            return -1;
    return 0;
}

static _Noreturn void be_locker(const struct jail_work *work, int socket,
                                struct gate *gate)
{
    pid_t told;

    if (lock_all(work, socket) < 0)
        gate_fail(gate);
    else if (close(socket) == 0)
        gate_arrive(gate, getpid(), &told);
    _exit(0);
}

// Each takes the place of the one that it is a clone of.
static void take_all(struct jail_work *work, int socket)
{
    char name[NAME_SIZE];
    struct parcel parcel = { .bytes = name, .size = sizeof name };

    for (size_t i = 0; i < work->plan->mount_count; i++) {
        if (work->mapped[i] < 0)
            continue;
        if (socket_receive(socket, &parcel) <= 0 || parcel.count != 1)
            return; // it has failed
        close(work->mapped[i]);
        work->mapped[i] = parcel.fds[0];
        parcel.size = sizeof name;
    }
}

static bool is_needed(const struct jail_work *work)
{
    if (jail_find_namespace(work->plan, CLONE_NEWUSER) == NULL)
        return false;
    for (size_t i = 0; i < work->plan->mount_count; i++)
        if (work->mapped[i] >= 0)
            return true;
    return false;
}

int jail_lock_sources(struct jail_work *work)
{
    struct gate inside, maker;
    pid_t pid, arrived = 0;
    int ends[2], status;

    if (!is_needed(work))
        return 0;
    if (gate_make(&inside, &maker) < 0)
        return -1;
    if (socket_pair(ends) < 0) {
        gate_close(&inside);
        gate_close(&maker);
        return failed(errno, "can't make a pair of sockets");
    }
    pid = fork();
    if (pid == 0) {
        close(ends[0]);
        gate_close(&maker);
        be_locker(work, ends[1], &inside);
    }
    close(ends[1]);
    gate_close(&inside);
    if (pid > 0)
        take_all(work, ends[0]);
    close(ends[0]);
    status = pid < 0 ? failed(errno, "can't fork a process to lock mounts")
                     : gate_wait_arrival(&maker, &arrived);
    gate_close(&maker);
    if (pid > 0)
        proc_wait(pid);
    return status;
}
