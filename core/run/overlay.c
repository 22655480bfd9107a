// overlay.c - a root that seems writable, or that brings earlier changes.
//
// Overlayfs stacks up to three directories: the image, the layer of --overlay,
// and the place of -W in memory. One of the last two takes the changes.
// SPDX-License-Identifier: MIT
#include "core/run/overlay.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/fs.h"
#include "core/base/log.h"
#include "core/base/scope.h"
#include "core/kernel/mount.h"
#include "core/kernel/mountinfo.h"
#include "core/run/layer_lock.h"

// An attribute as overlayfs sets them; it ignores those that it does not know.
#define TEST_ATTRIBUTE "user.overlay.test"

#define USED_TRIES 100       // whether an overlay is in use
#define USED_PAUSE 10000000L // nanoseconds between them

#define ELSEWHERE "take a directory of a local disk, or --write-fake"

// Directories to stack, which are open from here on.
struct stack {
    struct mount_layers layers;
    int place; // to mount on
};

static int open_dir(int in, const char *name)
{
    return openat(in, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

static int scratch_dir(const struct overlay *o, const char *name, mode_t mode)
{
    int fd;

    if (mkdirat(o->scratch, name, mode) < 0)
        return failed(errno, "can't make a directory for the overlay");
    fd = open_dir(o->scratch, name);
    return fd >= 0 ? fd : failed(errno, "can't open the overlay's %s", name);
}

// Text of the type of the file system that a layer is on: "nfs4". Empty: it
// can't be told.
static void type_of(int dir, char *type, size_t size)
{
    cleanup_mountinfo struct mountinfo mounts = { 0 };
    const struct mountinfo_entry *mount = NULL;

    if (mountinfo_read(&mounts) == 0)
        mount = mountinfo_find(&mounts, mountinfo_id(dir));
    else
        err_clear();
    snprintf(type, size, "%s", mount != NULL ? mount->type : "");
}

// Where on the image something is mounted, in "dir". False: nowhere.
static bool has_mount_on(int image, char *dir, size_t size)
{
    cleanup_mountinfo struct mountinfo mounts = { 0 };
    const struct mountinfo_entry *mount = NULL;

    if (mountinfo_read(&mounts) == 0)
        mount = mountinfo_on(&mounts, mountinfo_id(image));
    else
        err_clear();
    if (mount != NULL)
        snprintf(dir, size, "%s", mount->dir);
    return mount != NULL;
}

// Overlayfs tells little more than EINVAL.
static int refused(const struct overlay *o, const struct stack *s)
{
    int errnum = errno;
    char text[256];

    // an image's mounts were made by others, and can't be taken off it here
    if (errnum == EINVAL && has_mount_on(o->image, text, sizeof text))
        return failed(0,
                      "can't mount an overlay over %s, on which something is "
                      "mounted, at %s: unmount that, or run it without %s",
                      o->plan->image, text,
                      o->plan->layer ? "--overlay" : "--write-fake");
    if (o->layer->path != NULL && !o->layer->read_only) {
        type_of(s->layers.upper, text, sizeof text);
        return failed(errnum,
                      "can't use overlay %s, on file system %s: " ELSEWHERE,
                      o->layer->path, text);
    }
    return failed(errnum, "can't mount an overlay over the image%s",
                  errnum == EPERM || errnum == EINVAL || errnum == ENODEV
                      ? " (it takes Linux 5.11; ch-doctor tells more)"
                      : "");
}

// Overlayfs notes in attributes what a directory of the image has been replaced
// by; without them it would only fail later.
static int check_attributes(const struct layer *layer, int work)
{
    char path[FS_FD_PATH];
    char type[64];

    fs_fd_path(path, work);
    if (setxattr(path, TEST_ATTRIBUTE, "", 0, 0) == 0 &&
        removexattr(path, TEST_ATTRIBUTE) == 0)
        return 0;
    if (errno != EOPNOTSUPP)
        return failed(errno, "can't write to overlay %s", layer->path);
    type_of(work, type, sizeof type);
    return failed(0,
                  "can't use overlay %s: file system %s has no user "
                  "attributes: " ELSEWHERE,
                  layer->path, type);
}

static int open_layer(const struct overlay *o, struct stack *s, mode_t mode)
{
    // a path of the caller's root, without links (layer.h)
    cleanup_close int dir = open_dir(AT_FDCWD, o->layer->path);
    int upper = dir < 0 ? -1 : open_dir(dir, "upper");

    if (o->layer->read_only)
        s->layers.middle = upper;
    else
        s->layers.upper = upper;
    if (upper < 0)
        return failed(errno, "can't open %s/upper", o->layer->path);
    if (o->layer->read_only)
        return 0;
    s->layers.work = open_dir(dir, "work");
    if (s->layers.work < 0)
        return failed(errno, "can't open %s/work", o->layer->path);
    if (o->layer->fresh && fchmodat(dir, "upper", mode, 0) < 0)
        return failed(errno, "can't set the mode of %s/upper", o->layer->path);
    return check_attributes(o->layer, s->layers.work);
}

static int open_memory(const struct overlay *o, struct stack *s, mode_t mode)
{
    s->layers.forgotten = true;
    s->layers.upper = scratch_dir(o, "upper", mode);
    if (s->layers.upper < 0)
        return -1;
    s->layers.work = scratch_dir(o, "work", 0700);
    return s->layers.work < 0 ? -1 : 0;
}

static int open_stack(const struct overlay *o, struct stack *s)
{
    struct stat root;
    mode_t mode;

    if (fstat(o->image, &root) < 0)
        return failed(errno, "can't stat the root of the image");
    mode = root.st_mode & 07777;
    if (o->layer->path != NULL && open_layer(o, s, mode) < 0)
        return -1;
    if (s->layers.upper < 0 && o->plan->overlay_size != NULL &&
        open_memory(o, s, mode) < 0)
        return -1;
    s->place = scratch_dir(o, "merged", 0755);
    return s->place < 0 ? -1 : 0;
}

// The lock is ours, but has its last owner gone? A mount that ends just now
// takes a moment.
static int check_use(const struct overlay *o, const struct stack *s)
{
    struct timespec pause = { .tv_nsec = USED_PAUSE };
    int changes = o->layer->read_only ? s->layers.middle : s->layers.upper;

    if (!layer_lock_is_doubtful(o->layer->lock))
        return 0;
    log_why("overlay %s was not left in order: is it in use?", o->layer->path);
    for (int i = 0; i < USED_TRIES; i++) {
        if (!mount_overlay_uses(changes, s->place))
            return 0;
        nanosleep(&pause, NULL);
    }
    return layer_lock_still_written(o->layer->lock, o->layer->path);
}

static void close_stack(const struct stack *s)
{
    const int fds[] = { s->layers.middle, s->layers.upper, s->layers.work,
                        s->place };

    for (size_t i = 0; i < sizeof fds / sizeof fds[0]; i++)
        if (fds[i] >= 0)
            close(fds[i]);
}

// What overlayfs makes in work/ has no permissions at all, and whoever wants to
// remove the layer some day could not. That is worth no failure.
static void open_up_work(int work)
{
    (void)fchmodat(work, "work", 0700, 0);
}

// From now on it is the container's, until the last of its processes ends.
static int hand_over(const struct overlay *o, const struct stack *s, int root)
{
    if (!o->layer->read_only) {
        open_up_work(s->layers.work);
        layer_lock_tell(o->layer->lock, o->plan,
                        o->layer->pid > 0 ? o->layer->pid : getpid());
    }
    return o->layer->warden.link < 0 ? 0
                                     : warden_watch(&o->layer->warden, root);
}

bool overlay_wanted(const struct container *plan)
{
    return plan->overlay_size != NULL || plan->layer != NULL;
}

int overlay_mount(const struct overlay *o)
{
    struct stack s = { { o->image, -1, -1, -1, false }, -1 };
    int root = -1;

    if (open_stack(o, &s) < 0 || check_use(o, &s) < 0)
        goto undo;
    if (mount_overlay(s.place, &s.layers) < 0) {
        refused(o, &s);
        goto undo;
    }
    root = open_dir(o->scratch, "merged");
    if (root < 0) {
        failed(errno, "can't open the new root");
        goto undo;
    }
    if (o->layer->path != NULL && hand_over(o, &s, root) < 0) {
        close(root);
        root = -1;
    }
undo:
    close_stack(&s);
    return root;
}
