// jail_lock.c - clones of the host's mounts, with the locks of the kernel.
//
// What comes into a mount namespace of less privileges with the copy of the
// whole is locked: nobody there can take back that it is read-only or nosuid,
// or unmount what covers something (mount_namespaces(7)). A clone that was made
// outside and is put there has no locks. So a process lets such a copy be made
// with the clones in it, and clones them there once more. Device files, which
// nobody can make in a user namespace, come by the same way.
// SPDX-License-Identifier: MIT
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/proc.h"
#include "core/base/scope.h"
#include "core/kernel/device.h"
#include "core/kernel/mount.h"
#include "core/kernel/ns.h"
#include "core/kernel/root.h"
#include "core/kernel/socket.h"
#include "core/run/jail_work.h"

#define SCRATCH "1m" // of the tmpfs, in which there are only mount points
#define NAME_SIZE 24 // bytes of one of them
#define FILE_MODE 0600
#define DEVICE_MODE 0666 // if the plan has none

enum kind { MOUNT = 'm', DEVICE = 'd' };

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
    // not "nodev", which would be locked as well
    if (place < 0 || mount_new(place, "tmpfs", "tmpfs", MS_NOSUID | MS_NOEXEC,
                               "mode=755,size=" SCRATCH) < 0)
        return failed(errno, "can't mount a tmpfs for clones of mounts");
    return chdir(ROOT_ASIDE) == 0 ? 0 : failed(errno, "can't enter a tmpfs");
}

static void name_of(char kind, size_t index, char name[NAME_SIZE])
{
    snprintf(name, NAME_SIZE, "%c%zu", kind, index);
}

static bool is_mapped(const struct jail_work *work, size_t index)
{
    return work->mapped != NULL && work->mapped[index] >= 0;
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
        name_of(MOUNT, i, name);
        if (is_mapped(work, i) && put(work->mapped[i], name) < 0)
            return failed(errno, "can't put a clone of mounts[%zu]", i);
    }
    return 0;
}

// --- device files

static long outside_id(const struct id_range *map, size_t count, uint32_t id)
{
    for (size_t i = 0; i < count; i++)
        if (id >= map[i].inside && id - map[i].inside < map[i].count)
            return (long)map[i].outside + (id - map[i].inside);
    return -1;
}

static bool is_wanted(const struct jail_work *work, size_t index)
{
    mode_t type = device_type(work->plan->devices[index].type);

    return type == S_IFCHR || type == S_IFBLK;
}

// With the owner that it has in the container. What can't be made is bound
// later, if the host has it.
static void make_device(const struct jail *plan, const struct jail_device *d,
                        const char *name)
{
    mode_t mode = d->mode.set ? (mode_t)d->mode.number & 07777 : DEVICE_MODE;
    long uid = outside_id(plan->uid_map, plan->uid_map_count, d->uid);
    long gid = outside_id(plan->gid_map, plan->gid_map_count, d->gid);
    dev_t number =
        makedev((unsigned)d->major.number, (unsigned)d->minor.number);

    if (uid < 0 || gid < 0 ||
        mknod(name, device_type(d->type) | S_IRUSR, number) < 0)
        return;
    if (chown(name, (uid_t)uid, (gid_t)gid) < 0 || chmod(name, mode) < 0)
        (void)unlink(name);
}

static void make_devices(const struct jail_work *work)
{
    char name[NAME_SIZE];

    for (size_t i = 0; work->devices != NULL && i < work->plan->device_count;
         i++)
        if (is_wanted(work, i)) {
            name_of(DEVICE, i, name);
            make_device(work->plan, &work->plan->devices[i], name);
        }
}

// --- handing on

// "may_lack": without a descriptor then.
static int send_one(int socket, const char *name, bool may_lack)
{
    char text[NAME_SIZE];
    struct parcel parcel = { .bytes = text, .size = sizeof text, .count = 1 };
    cleanup_close int clone = mount_clone(name, true);

    snprintf(text, sizeof text, "%s", name);
    if (clone < 0 && !may_lack)
        return failed(errno, "can't clone mount %s", name);
    parcel.fds[0] = clone;
    parcel.count = clone >= 0;
    return socket_send(socket, &parcel) == 0
               ? 0
               : failed(errno, "can't hand on mount %s", name);
}

static int send_all(const struct jail_work *work, int socket)
{
    const struct jail *plan = work->plan;
    char name[NAME_SIZE];

    for (size_t i = 0; i < plan->mount_count; i++) {
        name_of(MOUNT, i, name);
        if (is_mapped(work, i) && send_one(socket, name, false) < 0)
            return -1;
    }
    for (size_t i = 0; work->devices != NULL && i < plan->device_count; i++) {
        name_of(DEVICE, i, name);
        if (is_wanted(work, i) && send_one(socket, name, true) < 0)
            return -1;
    }
    return 0;
}

static int lock_all(const struct jail_work *work, int socket)
{
    if (make_scratch() < 0 || put_all(work) < 0)
        return -1;
    make_devices(work);
    if (ns_unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0)
        return -1;
    return send_all(work, socket);
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

// 1; 0: it has failed.
static int take(int socket, int *fd)
{
    char name[NAME_SIZE];
    struct parcel parcel = { .bytes = name, .size = sizeof name };

    if (socket_receive(socket, &parcel) <= 0)
        return 0;
    scope_close(fd);
    *fd = parcel.count == 1 ? parcel.fds[0] : -1;
    return 1;
}

// Each takes the place of the one that it is a clone of.
static void take_all(struct jail_work *work, int socket)
{
    for (size_t i = 0; i < work->plan->mount_count; i++)
        if (is_mapped(work, i) && take(socket, &work->mapped[i]) == 0)
            return;
    for (size_t i = 0; work->devices != NULL && i < work->plan->device_count;
         i++)
        if (is_wanted(work, i) && take(socket, &work->devices[i]) == 0)
            return;
}

// For the device files, the ids of the user namespace have to be known.
static int expect_devices(struct jail_work *work)
{
    const struct jail *plan = work->plan;
    const struct jail_namespace *user =
        jail_find_namespace(plan, CLONE_NEWUSER);

    if (plan->device_count == 0 || !work->privileged || user == NULL ||
        user->path != NULL)
        return 0;
    work->devices = malloc(plan->device_count * sizeof *work->devices);
    if (work->devices == NULL)
        return failed(errno, "no memory for the devices");
    for (size_t i = 0; i < plan->device_count; i++)
        work->devices[i] = -1;
    return 0;
}

static bool is_needed(const struct jail_work *work)
{
    if (work->devices != NULL)
        return true;
    if (jail_find_namespace(work->plan, CLONE_NEWUSER) == NULL)
        return false;
    for (size_t i = 0; i < work->plan->mount_count; i++)
        if (is_mapped(work, i))
            return true;
    return false;
}

static int lock(struct jail_work *work, int ends[2])
{
    struct gate inside, maker;
    pid_t pid, arrived = 0;
    int status;

    if (gate_make(&inside, &maker) < 0)
        return -1;
    pid = fork();
    if (pid == 0) {
        close(ends[0]);
        gate_close(&maker);
        be_locker(work, ends[1], &inside);
    }
    close(ends[1]);
    ends[1] = -1;
    gate_close(&inside);
    if (pid > 0)
        take_all(work, ends[0]);
    status = pid < 0 ? failed(errno, "can't fork a process to lock mounts")
                     : gate_wait_arrival(&maker, &arrived);
    gate_close(&maker);
    if (pid > 0)
        proc_wait(pid);
    return status;
}

int jail_lock_sources(struct jail_work *work)
{
    int ends[2], status;

    if (expect_devices(work) < 0)
        return -1;
    if (!is_needed(work))
        return 0;
    if (socket_pair(ends) < 0)
        return failed(errno, "can't make a pair of sockets");
    status = lock(work, ends);
    scope_close(&ends[0]);
    scope_close(&ends[1]);
    return status;
}
