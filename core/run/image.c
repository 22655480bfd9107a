// image.c - what a container is made of: a directory or a SquashFS file.
// SPDX-License-Identifier: MIT
#include "core/run/image.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/base/err.h"
#include "core/base/fs.h"
#include "core/base/log.h"
#include "core/kernel/mount.h"
#include "core/run/squashfs.h"

struct image {
    char *directory; // canonical: see sources.h; NULL: none
    struct squashfs *squashfs;
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

static struct squashfs *open_squashfs(const struct container *plan,
                                      const char *path, uint64_t offset)
{
    // where one id is mapped, files of any other owner could not be handled
    struct squashfs_plan squashfs = { .path = path,
                                      .offset = offset,
                                      .cache = plan->fuse_cache,
                                      .threads = plan->fuse_threads,
                                      .one_owner = !plan->id_ranges,
                                      .uid = plan->uid,
                                      .gid = plan->gid,
                                      .hidden = true };

    return squashfs_open(&squashfs);
}

static struct squashfs *open_file(const struct container *plan)
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
    return open_squashfs(plan, plan->image, plan->offset);
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
    if (S_ISDIR(st.st_mode)) {
        image->directory = fs_realpath(plan->image);
        return image->directory == NULL
                   ? -1
                   : check_directory(plan, image->directory);
    }
    image->squashfs = open_file(plan);
    return image->squashfs == NULL ? -1 : 0;
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
    squashfs_close(&(*image)->squashfs);
    free((*image)->directory);
    free(*image);
    *image = NULL;
}

bool image_needs_server(const struct image *image)
{
    return image->squashfs != NULL;
}

int image_serve(struct image *image)
{
    return squashfs_start(image->squashfs);
}

int image_mount(struct image *image, int target)
{
    if (image->squashfs != NULL)
        return squashfs_mount(image->squashfs, target);
    if (mount_bind(image->directory, target) < 0)
        return failed(errno, "can't bind the image %s", image->directory);
    return 0;
}
