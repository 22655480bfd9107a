// jail_root.c - the root of a container, from the pile to the pivot.
//
// As for ch-run (rootfs.c): no directory has to be made for it anywhere, and
// the caller's paths stay valid as sources of mounts until the pivot.
// SPDX-License-Identifier: MIT
#include <errno.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/fs.h"
#include "core/base/scope.h"
#include "core/kernel/mount.h"
#include "core/kernel/mount_words.h"
#include "core/kernel/root.h"
#include "core/run/jail_work.h"
#include "core/run/overlay.h"

#define SCRATCH_SIZE "64m"     // at most, of the tmpfs; mount points need none
#define SCRATCH_WRITABLE "50%" // of the memory, as is tmpfs(5)'s own default

static bool is_shared(const struct jail *plan)
{
    return plan->root_propagation != NULL &&
           (mount_words_propagation(plan->root_propagation) & MS_SHARED) != 0;
}

// Upon this directory of the host's, something will be mounted.
static int keep_in(const char *path)
{
    cleanup_close int place = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);

    if (place < 0 && errno == ENOTDIR) // an image's file
        return 0;
    if (place < 0 || mount_keep_in(place) < 0)
        return failed(errno, "can't keep what is mounted at %s from the host",
                      path);
    return 0;
}

// Mounts must not get out to the host. Where the plan wants those of the host
// to come in, or even ours to go out at places of the host's that are bound, it
// is only what is mounted upon: the root itself, on which the pile stands,
// where this is moved to, and the place at which hooks are shown the new root.
static int isolate(const struct jail *plan)
{
    unsigned long wanted =
        plan->root_propagation == NULL
            ? MS_PRIVATE
            : mount_words_propagation(plan->root_propagation);

    if (wanted == 0)
        return failed(0, "linux.rootfsPropagation: unknown: %s",
                      plan->root_propagation);
    if (is_shared(plan))
        wanted = MS_PRIVATE;
    else
        wanted = (wanted & MS_SLAVE ? MS_SLAVE : MS_PRIVATE) | MS_REC;
    if (mount(NULL, "/", NULL, wanted, NULL) < 0)
        return failed(errno, "can't keep the container's mounts to itself");
    return is_shared(plan) &&
                   (keep_in(ROOT_ASIDE) < 0 || keep_in(plan->root) < 0)
               ? -1
               : 0;
}

// Where mount points are added to a directory of an image that is not to be
// changed, the container still writes there; it is gone with the container.
static bool keeps_changes(const struct jail_work *work)
{
    return work->plan->keep_image && !work->plan->root_read_only &&
           !overlay_wanted(&work->root);
}

static const char *scratch_size(const struct jail_work *work)
{
    if (work->root.overlay_size != NULL)
        return work->root.overlay_size;
    return keeps_changes(work) ? SCRATCH_WRITABLE : SCRATCH_SIZE;
}

static int put_scratch(struct jail_work *work)
{
    const char *size = scratch_size(work);
    cleanup_close int top = root_top();

    if (top < 0)
        return -1;
    if (mount_tmpfs(top, 0755, size) < 0)
        return failed(errno, "can't mount a tmpfs of size %s", size);
    work->pile = root_top();
    work->points.covers.scratch = work->pile;
    work->points.covers.writable = keeps_changes(work);
    return work->pile < 0 ? -1 : 0;
}

// Its file system rather than its mount, as parts of it are bound onto a cover.
static int keep_image(struct jail_work *work)
{
    struct stat st;

    if (!work->plan->keep_image || overlay_wanted(&work->root))
        return 0;
    if (fstat(work->points.root, &st) < 0)
        return failed(errno, "can't stat the root filesystem");
    work->points.kept = st.st_dev;
    return 0;
}

// Bound from a mount that the host shares, the root would share with it all
// that is mounted in the container.
static int keep_root_in(const struct jail_work *work)
{
    if (!is_shared(work->plan) ||
        mount_propagate(work->points.root, MS_SLAVE | MS_REC) == 0)
        return 0;
    return failed(errno, "can't keep the mounts of the root to the container");
}

int jail_put_root(struct jail_work *work)
{
    if (isolate(work->plan) < 0 || put_scratch(work) < 0)
        return -1;
    work->points.root = jail_put_image(work);
    work->points.image_writable = true;
    work->points.image_mounts = true;
    if (work->points.root < 0 || keep_root_in(work) < 0)
        return -1;
    return keep_image(work);
}

// The words that a bind of the root would get: only its own mount.
static int limit_root(const struct jail_work *work)
{
    if (!work->plan->root_read_only)
        return 0;
    if (mount_set_read_only(work->points.root, false) < 0)
        return failed(errno, "can't make the root filesystem read-only");
    return 0;
}

static int propagate_root(const struct jail *plan)
{
    if (plan->root_propagation == NULL)
        return 0;
    if (mount(NULL, "/", NULL, mount_words_propagation(plan->root_propagation),
              NULL) < 0)
        return failed(errno, "can't make the root filesystem %s",
                      plan->root_propagation);
    return 0;
}

int jail_go_to_root(struct jail_work *work)
{
    int status = limit_root(work);

    mountpoint_finish(&work->points);
    if (status == 0)
        status = work->plan->no_pivot
                     ? root_move(work->points.root, work->pile)
                     : root_pivot(work->points.root, work->pile,
                                  is_shared(work->plan));
    close(work->points.root);
    close(work->pile);
    return status < 0 ? -1 : propagate_root(work->plan);
}

// Only in this mount namespace, and until the pivot.
int jail_show_root(const struct jail_work *work)
{
    const char *path = work->plan->root;
    char finished[FS_FD_PATH];
    cleanup_close int place = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);

    if (place < 0 && errno == ENOTDIR)
        return 0;
    if (place < 0 ||
        mount_bind(fs_fd_path(finished, work->points.root), place) < 0)
        return failed(errno, "can't show the hooks the root at %s", path);
    return 0;
}
