// image.c - what a container is made of: a directory or a SquashFS file.
// SPDX-License-Identifier: MIT
#include "core/run/image.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/log.h"
#include "core/base/scope.h"
#include "core/fuse/served.h"
#include "core/kernel/mount.h"
#include "core/run/squashfs.h"

struct image {
    const char *path;
    struct served *served; // NULL: a directory
};

// Nothing is mounted there, as no mount point is needed (core/kernel/root.h);
// but a script that names a wrong one is told, as Charliecloud does.
static int check_mount_point(const char *path)
{
    struct stat st;

    if (path == NULL)
        return 0;
    if (stat(path, &st) < 0)
        return failed(errno, "can't find mount point: %s", path);
    if (!S_ISDIR(st.st_mode))
        return failed(ENOTDIR, "can't use mount point: %s", path);
    return 0;
}

static struct served *open_squashfs(const struct container *plan)
{
    // one id is mapped, so files of any other owner could not be handled
    struct served_options options = { .path = plan->image,
                                      .offset = plan->offset,
                                      .cache_bytes = plan->fuse_cache,
                                      .threads = plan->fuse_threads,
                                      .one_owner = true,
                                      .uid = plan->uid,
                                      .gid = plan->gid };
    cleanup_close int fd = squashfs_open(plan->image, plan->offset);

    if (fd < 0)
        return NULL;
    return served_open(fd, &options);
}

struct image *image_open(const struct container *plan)
{
    struct image *image = NULL;
    struct served *served = NULL;
    struct stat st;

    if (stat(plan->image, &st) < 0) {
        failed(errno, "can't stat: %s", plan->image);
        return NULL;
    }
    if (S_ISDIR(st.st_mode)) {
        if (plan->mount_point != NULL)
            log_warn("--mount invalid with directory image, ignoring");
    } else {
        if (check_mount_point(plan->mount_point) < 0)
            return NULL;
        if (plan->write) {
            failed(0,
                   "can't write to a SquashFS image: %s (--write-fake "
                   "keeps changes in memory)",
                   plan->image);
            return NULL;
        }
        served = open_squashfs(plan);
        if (served == NULL)
            return NULL;
    }
    image = malloc(sizeof *image);
    if (image == NULL) {
        served_close(served);
        failed(errno, "can't open image %s", plan->image);
        return NULL;
    }
    *image = (struct image){ .path = plan->image, .served = served };
    return image;
}

void image_close(struct image **image)
{
    if (*image == NULL)
        return;
    served_close((*image)->served);
    free(*image);
    *image = NULL;
}

bool image_needs_server(const struct image *image)
{
    return image->served != NULL;
}

int image_serve(struct image *image)
{
    return served_start(image->served);
}

int image_mount(struct image *image, int target)
{
    char path[sizeof "/proc/self/fd/" + 3 * sizeof target];

    if (image->served != NULL) {
        snprintf(path, sizeof path, "/proc/self/fd/%d", target);
        return served_mount(image->served, path);
    }
    if (mount_bind(image->path, target) < 0)
        return failed(errno, "can't bind the image %s", image->path);
    return 0;
}
