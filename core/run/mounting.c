// mounting.c - a mount that everybody sees.
//
// Root mounts himself, for all. For anybody else fusermount3 does it, and the
// kernel shows the mount to nobody but the user whose it is. The server comes
// second here: whoever mounts decides about its device.
// SPDX-License-Identifier: MIT
#include "core/run/mounting.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/log.h"
#include "core/base/scope.h"
#include "core/kernel/caps.h"
#include "core/kernel/idmap.h"
#include "core/kernel/mount.h"
#include "core/run/fusermount.h"
#include "core/run/mounted.h"

// What the serving thread owns, as it may live on when the others have ended.
struct serving {
    struct squashfs *image;
    int done; // its error, if any, and then the end of file
};

static bool is_root(const char *dir)
{
    struct stat root, there;

    return stat("/", &root) == 0 && stat(dir, &there) == 0 &&
           root.st_dev == there.st_dev && root.st_ino == there.st_ino;
}

static struct squashfs *open_image(const struct mounting *plan)
{
    struct squashfs_plan image = mounting_image(plan);

    if (is_root(plan->dir)) {
        failed(0, "can't mount %s at %s: it would hide all that is there",
               plan->image, plan->dir);
        return NULL;
    }

    return squashfs_open(&image);
}

// fusermount3 looks at the directory as root, who may not look into mounts of
// others, and would complain of that.
static int put_by_helper(struct squashfs *image, const char *dir)
{
    const char *source = squashfs_path(image);
    int device;

    if (mounted_at(dir))
        return failed(0,
                      "can't mount %s at %s: an image is mounted there "
                      "already; ch-umount removes it",
                      source, dir);
    log_step("mounting %s at %s by fusermount3", source, dir);
    device = fusermount_mount(source, dir);
    if (device < 0)
        return failed(0,
                      "%s; for a mount that one command sees, add: "
                      "-- COMMAND",
                      err_text());
    served_take(squashfs_served(image), device);
    return 0;
}

static int put(struct squashfs *image, const struct mounting *plan)
{
    if (caps_may_mount())
        return squashfs_mount_at(image, plan->dir);
    return put_by_helper(image, plan->dir);
}

// The mount vanishes at once, whoever is in it. That it cannot be is told
// without failed(): an earlier failure may be pending.
static void take_back(const char *dir)
{
    char *reason = NULL;
    int status;

    if (caps_may_mount())
        status = mount_remove(dir, true);
    else
        status = fusermount_unmount(dir, true, &reason);
    free(reason);
    if (status < 0)
        log_warn("the mount at %s is left behind: ch-umount removes it", dir);
}

// Who mounts without being root sees his own files only: he could not use
// those of others, and not even name their owners in a namespace of one id.
// What all are to see has to be an image's mount that ch-umount knows.
struct squashfs_plan mounting_image(const struct mounting *plan)
{
    return (struct squashfs_plan){
        .path = plan->image,
        .offset = plan->offset,
        .kernel = plan->kernel,
        .fuse = FUSE_REQUIRE,
        .cache = plan->cache,
        .threads = plan->threads,
        .without = plan->without,
        .record = plan->record,
        .prefetch = plan->prefetch,
        .one_owner = !caps_may_mount() || idmap_is_single(),
        .uid = geteuid(),
        .gid = getegid(),
    };
}

bool mounting_is_private(void)
{
    return !caps_may_mount() && isatty(STDIN_FILENO);
}

static int mount_for_all(const struct mounting *plan)
{
    cleanup_squashfs struct squashfs *image = open_image(plan);

    if (image == NULL || put(image, plan) < 0)
        return -1;
    if (squashfs_start(image) == 0 && squashfs_check_at(plan->dir) == 0)
        return 0;
    take_back(plan->dir);
    return -1;
}

int mounting_background(const struct mounting *plan)
{
    struct mounting by_kernel = *plan;

    if (plan->kernel || !caps_may_mount() || squashfs_may_be_served())
        return mount_for_all(plan);
    by_kernel.kernel = true;
    if (mount_for_all(&by_kernel) == 0)
        return 0;
    // what keeps FUSE from it is told with the remedy
    log_why("not by the kernel: %s", err_text());
    err_clear();
    return mount_for_all(plan);
}

static void *serve(void *argument)
{
    struct serving *serving = argument;

    if (served_serve(squashfs_served(serving->image)) < 0)
        err_send(serving->done);
    close(serving->done);
    squashfs_close(&serving->image);
    free(serving);
    return NULL;
}

// The signals that are to unmount, to be read from a descriptor: that, or -1
// after failed(). Threads that come later inherit that they are blocked.
static int block_signals(void)
{
    sigset_t set;
    int fd;

    sigemptyset(&set);
    sigaddset(&set, SIGHUP);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
        return failed(errno, "can't block signals");
    fd = signalfd(-1, &set, SFD_CLOEXEC);
    return fd >= 0 ? fd : failed(errno, "can't wait for signals");
}

// Serve in a thread, which takes over the image. Where it says that it has
// ended, or -1 after failed().
static int start_serving(struct squashfs *image)
{
    struct serving *serving = malloc(sizeof *serving);
    pthread_t thread;
    int ends[2] = { -1, -1 };
    int error;

    if (serving == NULL || pipe2(ends, O_CLOEXEC) < 0) {
        failed(errno, "can't serve %s", squashfs_path(image));
        goto undo;
    }
    *serving = (struct serving){ .image = image, .done = ends[1] };
    error = pthread_create(&thread, NULL, serve, serving);
    if (error == 0) {
        pthread_detach(thread);
        return ends[0];
    }
    failed(error, "can't start a thread");
    close(ends[0]);
    close(ends[1]);
undo:
    free(serving);
    squashfs_close(&image);
    return -1;
}

// Wait until serving has ended, or for a signal: 1 then.
static int wait_for_end(int done, int signals)
{
    struct pollfd fds[] = { { .fd = done, .events = POLLIN },
                            { .fd = signals, .events = POLLIN } };

    while (poll(fds, sizeof fds / sizeof fds[0], -1) < 0)
        if (errno != EINTR)
            return failed(errno, "can't wait for the end of the mount");
    return fds[0].revents != 0 ? err_recv(done) : 1;
}

int mounting_foreground(const struct mounting *plan)
{
    cleanup_close int signals = block_signals();
    cleanup_close int done = -1;
    struct squashfs *image = NULL;
    int ended = -1;

    if (signals >= 0)
        image = open_image(plan);
    if (image == NULL)
        return -1;
    if (put(image, plan) < 0) {
        squashfs_close(&image);
        return -1;
    }
    done = start_serving(image);
    if (done >= 0)
        ended = wait_for_end(done, signals);
    if (ended != 0)
        take_back(plan->dir);
    return ended < 0 ? -1 : 0;
}
