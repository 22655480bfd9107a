// rootfs.c - build the root directory of a container, mount by mount.
//
// From bottom to top: a small tmpfs of our own ("scratch") that holds the
// users files and the upper directory of an overlay, then the image, then the
// overlay if there is one. All of it hangs below the caller's root until the
// pivot, so nothing is left on any disk, whatever happens.
// SPDX-License-Identifier: MIT
#include "core/run/rootfs.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/fs.h"
#include "core/base/log.h"
#include "core/base/scope.h"
#include "core/kernel/mount.h"
#include "core/kernel/root.h"
#include "core/run/binds.h"
#include "core/run/host_overlay.h"
#include "core/run/libraries.h"
#include "core/run/overlay.h"

#define LISTING 4096 // bytes of a listing read at once

#define SCRATCH_SIZE "64m" // at most, of the tmpfs; an overlay may want more

// A root while it is being built.
struct building {
    const struct container *plan;
    const struct sources *sources;
    struct layer *layer;
    int scratch; // the tmpfs
    int top;     // the root as far as it is
};

// The next top, opened by the caller, in the place of the one so far.
static int close_top(struct building *r, int top)
{
    if (top < 0)
        return -1;
    close(r->top);
    r->top = top;
    return 0;
}

static int scratch_mount(struct building *r)
{
    const char *size = r->plan->overlay_size;

    r->top = root_top();
    if (r->top < 0)
        return -1;
    if (mount_tmpfs(r->top, 0755, size ? size : SCRATCH_SIZE) < 0)
        return failed(errno, "can't mount a tmpfs%s%s", size ? " of size " : "",
                      size ? size : "");
    r->scratch = root_top();
    if (r->scratch < 0)
        return -1;
    return 0;
}

static int put_overlay(struct building *r)
{
    if (r->plan->overlay_size != NULL)
        log_step("overlaying tmpfs for --write-fake (%s)",
                 r->plan->overlay_size);
    if (r->plan->host)
        return close_top(r, host_overlay(r->scratch, r->top));
    return close_top(r, overlay_mount(&(struct overlay){ r->plan, r->layer,
                                                         r->top, r->scratch }));
}

// Looking up the entries of the root one by one would cost the server a
// request each; listing it brings them all into the kernel's cache at once.
static void warm_up(int root)
{
    char entries[LISTING];
    cleanup_close int dir =
        openat(root, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    // only a hint: whatever fails here will fail again where it matters
    if (dir >= 0)
        syscall(SYS_getdents64, dir, entries, sizeof entries);
}

static int put_image(struct building *r, struct image *image)
{
    if (image_mount(image, r->scratch) < 0)
        return -1;
    if (close_top(r, root_top()) < 0)
        return -1;
    if (image_needs_server(image))
        warm_up(r->top);
    // of the host, what is mounted on the root stays as it is
    if (!r->plan->write && mount_set_read_only(r->top, !r->plan->host) < 0)
        return failed(errno, "can't make the image read-only");
    return image_offer(image, r->top);
}

// The binds, on top of what is there; the root may change by it.
static int put_binds(struct building *r)
{
    const struct container *plan = r->plan;
    bool writable = plan->write || plan->overlay_size != NULL ||
                    (plan->layer != NULL && !plan->layer_read_only);
    struct mountpoints points = { .root = r->top,
                                  .covers.scratch = r->scratch,
                                  .image_writable = writable,
                                  .image_mounts =
                                      plan->host && writable && !plan->write };
    struct binds binds = { plan, r->sources, r->scratch, &points };
    int status = binds_apply(&binds);

    if (status == 0)
        status = libraries_announce(&binds);
    if (status == 0)
        libraries_link(&binds);
    mountpoint_finish(&points);
    r->top = points.root;
    return status;
}

static int build(struct building *r, struct image *image)
{
    log_step("creating container filesystem tree");
    if (scratch_mount(r) < 0 || put_image(r, image) < 0)
        return -1;
    if (overlay_wanted(r->plan) && put_overlay(r) < 0)
        return -1;
    return put_binds(r);
}

int rootfs_build(const struct container *plan, const struct parts *parts,
                 struct rootfs *built)
{
    struct building r = { .plan = plan,
                          .sources = parts->sources,
                          .layer = parts->layer,
                          .scratch = -1,
                          .top = -1 };
    // the modes of what is made here are meant as they stand
    mode_t mask = umask(0);
    int status = build(&r, parts->image);

    umask(mask);
    if (status < 0 && r.scratch >= 0)
        close(r.scratch);
    if (status < 0 && r.top >= 0)
        close(r.top);
    *built = (struct rootfs){ .fd = r.top, .pile = r.scratch };
    return status;
}
