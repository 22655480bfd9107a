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
#include "core/base/scope.h"
#include "core/base/str.h"
#include "core/kernel/root.h"
#include "core/run/squashfs.h"
#include "core/run/storage.h"

struct image {
    char *path;                // of a directory, canonical: see sources.h
    struct squashfs *squashfs; // NULL: a directory
    struct stat stat;          // of the file or directory
    uint64_t offset;           // of the image in it
    struct share_part part;    // how peers have it
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

static struct squashfs *open_file(const struct container *plan,
                                  const char *path)
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
    return open_squashfs(plan, path, plan->offset);
}

static int check_directory(const struct container *plan, const char *path)
{
    int stored = plan->unsafe ? 0 : storage_holds(plan, path);

    if (stored < 0)
        return -1;
    if (stored)
        return failed(0,
                      "can't run directory images from storage (hint: run by "
                      "name): %s",
                      path);
    if (strcmp(path, "/") == 0 && !plan->host)
        return failed(0,
                      "%s is the host's root directory; to run it, give / as "
                      "the image",
                      plan->image);
    if (plan->mount_point != NULL)
        log_warn("--mount invalid with directory image, ignoring");
    return 0;
}

// Where the image is: in storage, or by its path. 1: by name; 0; -1 after
// failed().
static int find_path(const struct container *plan, char **path)
{
    int by_name = storage_find(plan, path);

    if (by_name < 0)
        return -1;
    storage_check(plan);
    if (plan->image[0] == '\0')
        return failed(0, "the name of the image is empty");
    if (by_name > 0 && plan->write && !plan->unsafe)
        return failed(0, "--write invalid when running by name: %s",
                      plan->image);
    if (by_name == 0) // POSIX lets "//" differ from "/"
        *path = str_dup(plan->host ? "/" : plan->image);
    return *path == NULL ? -1 : by_name;
}

// 0, or -1 after failed().
static int find(struct image *image, const struct container *plan)
{
    cleanup_free char *path = NULL;
    int by_name = find_path(plan, &path);

    if (by_name < 0)
        return -1;
    image->offset = plan->offset;
    if (stat(path, &image->stat) < 0)
        return failed(errno, "can't stat: %s", path);
    if (S_ISDIR(image->stat.st_mode)) {
        image->path = fs_realpath(path);
        if (image->path == NULL)
            return -1;
        return by_name > 0 ? 0 : check_directory(plan, image->path);
    }
    image->path = steal_ptr(&path);
    image->squashfs = open_file(plan, image->path);
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
    free((*image)->path);
    free(*image);
    *image = NULL;
}

const char *image_path(const struct image *image)
{
    return image->squashfs != NULL ? squashfs_path(image->squashfs)
                                   : image->path;
}

const char *image_kind(const struct image *image)
{
    if (image->squashfs != NULL)
        return "SquashFS";
    return strcmp(image->path, "/") == 0 ? "host" : "directory";
}

bool image_is_costly(const struct image *image)
{
    return image->squashfs != NULL;
}

char *image_identity(const struct image *image)
{
    const struct stat *st = &image->stat;

    return str_printf("%jx:%jx %jd %jd.%09ld %ju", (uintmax_t)st->st_dev,
                      (uintmax_t)st->st_ino, (intmax_t)st->st_size,
                      (intmax_t)st->st_mtim.tv_sec, st->st_mtim.tv_nsec,
                      (uintmax_t)image->offset);
}

void image_share(struct image *image, struct share *share, size_t index)
{
    image->part = (struct share_part){ share, index };
}

bool image_needs_server(const struct image *image)
{
    return image->squashfs != NULL && !share_has(&image->part);
}

int image_serve(struct image *image)
{
    return squashfs_start(image->squashfs);
}

int image_mount(struct image *image, int target)
{
    if (share_has(&image->part))
        return share_put(&image->part, target);
    if (image->squashfs != NULL)
        return squashfs_mount(image->squashfs, target);
    if (root_bind(image->path, target, target) < 0)
        return failed(errno, "can't bind the image %s", image->path);
    return 0;
}

int image_offer(struct image *image, int mount)
{
    struct served *served =
        image->squashfs != NULL ? squashfs_served(image->squashfs) : NULL;

    return share_offer(&image->part, mount,
                       served != NULL ? served_pid(served) : 0);
}
