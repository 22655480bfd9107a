// mountable.c - an image on its way to a mount point.
// SPDX-License-Identifier: MIT
#include "core/run/mountable.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/fs.h"
#include "core/base/log.h"
#include "core/base/scope.h"
#include "core/base/str.h"
#include "core/kernel/caps.h"
#include "core/kernel/idmap.h"
#include "core/kernel/loop.h"
#include "core/kernel/mount.h"
#include "core/run/squashfs.h"

struct mountable {
    const struct mounting *plan;
    char *source; // absolute path
    int file;
    struct served *served; // NULL: the kernel reads the image
};

// Who mounts without being root sees his own files only: he could not use
// those of others, and not even name their owners in a namespace of one id.
static struct served *open_served(const struct mountable *image)
{
    struct served_options options = {
        .path = image->source,
        .offset = image->plan->offset,
        .cache_bytes = image->plan->cache,
        .threads = image->plan->threads,
        .one_owner = !caps_may_mount() || idmap_is_single(),
        .uid = geteuid(),
        .gid = getegid(),
    };

    return served_open(image->file, &options);
}

static int fill(struct mountable *image)
{
    const struct mounting *plan = image->plan;

    if (plan->kernel && !caps_may_mount())
        return failed(0,
                      "only root can have the kernel mount %s: leave out "
                      "--kernel",
                      plan->image);
    image->file = squashfs_open(plan->image, plan->offset);
    if (image->file < 0)
        return -1;
    image->source = fs_realpath(plan->image);
    if (image->source == NULL)
        return -1;
    if (plan->kernel)
        return 0;
    image->served = open_served(image);
    return image->served != NULL ? 0 : -1;
}

static int attach(const struct mountable *image, struct loop *loop)
{
    cleanup_free char *name =
        str_printf(MOUNTING_LOOP_PREFIX "%s", image->source);

    if (name == NULL)
        return -1;
    return loop_attach(loop, image->file, image->plan->offset, name);
}

static int put_by_kernel(const struct mountable *image)
{
    const char *dir = image->plan->dir;
    cleanup_close int target = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
    struct loop loop;
    int status;

    if (target < 0)
        return failed(errno, "can't mount %s at %s", image->source, dir);
    if (attach(image, &loop) < 0)
        return -1;
    status = mount_squashfs(loop.path, target);
    if (status < 0 && errno == ENODEV)
        failed(errno,
               "can't mount %s by the kernel, which has no SquashFS; leave "
               "out --kernel",
               image->source);
    else if (status < 0)
        failed(errno, "can't mount %s at %s by the kernel", image->source, dir);
    close(loop.fd);
    return status;
}

struct mountable *mountable_open(const struct mounting *plan)
{
    struct mountable *image = malloc(sizeof *image);

    if (image == NULL) {
        failed(errno, "can't open image %s", plan->image);
        return NULL;
    }
    *image = (struct mountable){ .plan = plan, .file = -1 };
    if (fill(image) < 0)
        mountable_close(&image);
    return image;
}

void mountable_close(struct mountable **image)
{
    if (*image == NULL)
        return;
    served_close((*image)->served);
    if ((*image)->file >= 0)
        close((*image)->file);
    free((*image)->source);
    free(*image);
    *image = NULL;
}

int mountable_start(struct mountable *image)
{
    return image->served != NULL ? served_start(image->served) : 0;
}

int mountable_put(struct mountable *image)
{
    log_step("mounting %s at %s", image->source, image->plan->dir);
    if (image->served != NULL)
        return served_mount(image->served, image->plan->dir);
    return put_by_kernel(image);
}

int mountable_check(const struct mountable *image)
{
    const char *dir = image->plan->dir;
    struct stat st;

    if (stat(dir, &st) < 0)
        return failed(errno, "can't use the mount at %s", dir);
    return 0;
}

const char *mountable_source(const struct mountable *image)
{
    return image->source;
}

struct served *mountable_served(const struct mountable *image)
{
    return image->served;
}
