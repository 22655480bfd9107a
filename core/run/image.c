// image.c - what a container is made of: a directory or a SquashFS file.
// SPDX-License-Identifier: MIT
#include "core/run/image.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/fs.h"
#include "core/base/log.h"
#include "core/base/scope.h"
#include "core/fuse/served.h"
#include "core/kernel/mount.h"
#include "core/run/squashfs.h"

struct image {
    char *path;            // canonical: see sources.h
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
        return failed(errno, "can't stat mount point: %s", path);
    if (!S_ISDIR(st.st_mode))
        return failed(0, "not a directory: %s", path);
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
                                      .gid = plan->gid,
                                      .hidden = true };
    cleanup_close int fd = squashfs_open(plan->image, plan->offset);

    if (fd < 0)
        return NULL;
    return served_open(fd, &options);
}

static struct served *open_file(const struct container *plan)
{
    if (check_mount_point(plan->mount_point) < 0)
        return NULL;
    if (plan->write) {
        failed(0,
               "can't write to a SquashFS image: %s (--write-fake keeps "
               "changes in memory)",
               plan->image);
        return NULL;
    }
    return open_squashfs(plan);
}

static int check_directory(const struct container *plan, const char *path)
{
    if (strcmp(path, "/") == 0)
        return failed(0, "can't run the host's root directory as an image");
    if (plan->mount_point != NULL)
        log_warn("--mount invalid with directory image, ignoring");
    return 0;
}

// 0, or -1 after failed().
static int find(struct image *image, const struct container *plan)
{
    struct stat st;

    if (stat(plan->image, &st) < 0)
        return failed(errno, "can't stat: %s", plan->image);
    image->path = fs_realpath(plan->image);
    if (image->path == NULL)
        return -1;
    if (S_ISDIR(st.st_mode))
        return check_directory(plan, image->path);
    image->served = open_file(plan);
    return image->served == NULL ? -1 : 0;
}

struct image *image_open(const struct container *plan)
{
    struct image *image = calloc(1, sizeof *image);

    if (image == NULL)
        failed(errno, "can't open image %s", plan->image);
    else if (find(image, plan) < 0)
        image_close(&image);
    return image;
}

void image_close(struct image **image)
{
    if (*image == NULL)
        return;
    served_close((*image)->served);
    free((*image)->path);
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
    char path[FS_FD_PATH];

    if (image->served != NULL)
        return served_mount(image->served, fs_fd_path(path, target));
    if (mount_bind(image->path, target) < 0)
        return failed(errno, "can't bind the image %s", image->path);
    return 0;
}
