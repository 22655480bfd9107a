// image.c - what a container is made of: a directory, a SquashFS file, a tar
// archive or layers.
// SPDX-License-Identifier: MIT
#include "core/run/image.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/fs.h"
#include "core/base/log.h"
#include "core/base/scope.h"
#include "core/base/str.h"
#include "core/image/layout.h"
#include "core/image/tar_read.h"
#include "core/kernel/root.h"
#include "core/run/fetch_list.h"
#include "core/run/image_check.h"
#include "core/run/image_file.h"
#include "core/run/squashfs.h"
#include "core/run/storage.h"
#include "core/run/tell.h"

struct image {
    const struct container *plan;
    char *path;                // of a directory, canonical: see sources.h
    struct squashfs *squashfs; // NULL: something else
    int archive;            // to be unpacked, or layers in a directory; or -1
    bool is_layout;         // the latter
    char *tag;              // of one image among several, or NULL
    struct stat stat;       // of the file or directory
    uint64_t offset;        // of the image in it
    struct share_part part; // how peers have it
};

static struct squashfs_plan plan_squashfs(const struct container *plan,
                                          const char *path, uint64_t offset)
{
    // where one id is mapped, files of any other owner could not be handled
    return (struct squashfs_plan){ .path = path,
                                   .offset = offset,
                                   .fuse = plan->fuse,
                                   .unpack_size = plan->unpack_size,
                                   .cache = plan->fuse_cache,
                                   .threads = plan->fuse_threads,
                                   .one_owner = !plan->id_ranges,
                                   .uid = plan->uid,
                                   .gid = plan->gid,
                                   .hidden = true };
}

static int take_squashfs(struct image *image, int file)
{
    struct squashfs_plan squashfs =
        plan_squashfs(image->plan, image->path, image->offset);

    squashfs.report = image->plan->report;
    squashfs.record = image->plan->record;
    squashfs.prefetch = image->plan->prefetch;
    image->squashfs = squashfs_take(&squashfs, file);
    return image->squashfs != NULL ? 0 : -1;
}

static int open_file(struct image *image)
{
    const struct container *plan = image->plan;
    cleanup_close int fd = image_file_open(image->path);
    int is_squashfs;
    bool is_archive;

    if (fd < 0 || image_check_mount_point(plan->mount_point) < 0)
        return -1;
    tell_magic(fd, plan->offset);
    is_squashfs = squashfs_find(fd, image->path, &image->offset);
    if (is_squashfs < 0)
        return -1;
    is_archive = is_squashfs == 0;
    if (!is_archive && image->tag != NULL)
        return failed(ENOENT, "can't stat: %s", plan->image);
    if (is_archive && !tar_may_be(fd))
        return failed(0,
                      "unknown image type: %s (neither a SquashFS file nor a "
                      "tar archive)",
                      image->path);
    if (plan->write)
        return failed(0,
                      "can't write to a %s: %s (--write-fake keeps changes in "
                      "memory)",
                      is_archive ? "tar archive" : "SquashFS image",
                      plan->image);
    if (is_archive) {
        image->archive = steal_fd(&fd);
        return 0;
    }
    return take_squashfs(image, steal_fd(&fd));
}

// Layers are not files yet. 0, or -1 after failed().
static int open_layout(struct image *image)
{
    static const char *const lists[] = { "index.json", "manifest.json" };
    cleanup_close int dir =
        open(image->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const char *what = dir >= 0 ? layout_of(dir) : NULL;

    if (what == NULL)
        return image->tag == NULL
                   ? 0
                   : failed(ENOENT, "can't stat: %s", image->plan->image);
    if (image->plan->write)
        return failed(0,
                      "can't write to %s: %s (--write-fake keeps changes in "
                      "memory)",
                      what, image->plan->image);
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++)
        if (fstatat(dir, lists[i], &image->stat, 0) == 0)
            break; // it changes when the image does
    image->is_layout = true;
    image->archive = steal_fd(&dir);
    return 0;
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
    if (plan->host && plan->layer != NULL)
        return failed(0, "--overlay can't keep changes of the host (but "
                         "--write-fake can forget them)");
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

// What does not exist may be an image and a tag, "IMAGE:TAG"; a tag may be
// "example.org/debian:12".
static void split_tag(struct image *image, char *path)
{
    char *colon = strchr(path, ':');
    struct stat st;

    if (colon == NULL || stat(path, &st) == 0)
        return;
    for (; colon != NULL; colon = strchr(colon + 1, ':')) {
        *colon = '\0';
        if (colon[1] != '\0' && stat(path, &st) == 0) {
            image->tag = str_dup(colon + 1);
            return;
        }
        *colon = ':';
    }
}

static int find_directory(struct image *image, const char *path, int by_name)
{
    image->path = fs_realpath(path);
    if (image->path == NULL || image_check_search(image->path) < 0 ||
        image_check_bundle(image->path) < 0)
        return -1;
    if (by_name > 0)
        return 0;
    return check_directory(image->plan, image->path) < 0 ? -1
                                                         : open_layout(image);
}

// 0, or -1 after failed().
static int find(struct image *image, const struct container *plan)
{
    cleanup_free char *path = NULL;
    int by_name = find_path(plan, &path);

    if (by_name < 0)
        return -1;
    image->offset = plan->offset;
    if (by_name == 0)
        split_tag(image, path);
    if (stat(path, &image->stat) < 0)
        return failed(errno, "can't stat: %s", path);
    if (S_ISDIR(image->stat.st_mode))
        return find_directory(image, path, by_name);
    image->path = steal_ptr(&path);
    return open_file(image);
}

// An image that is this file, which is taken over; NULL after failed().
static struct image *adopt(struct squashfs *squashfs)
{
    struct image *image = squashfs == NULL ? NULL : calloc(1, sizeof *image);

    if (squashfs == NULL)
        return NULL;
    if (image == NULL || stat(squashfs_path(squashfs), &image->stat) < 0) {
        failed(errno, "can't open image %s", squashfs_path(squashfs));
        squashfs_close(&squashfs);
        free(image);
        return NULL;
    }
    image->squashfs = squashfs;
    image->archive = -1;
    return image;
}

// An option that is about the server, and not just a hint; NULL: none is.
static const char *served_option(const struct container *plan)
{
    const char *list = plan->prefetch;

    if (plan->record != NULL)
        return "--record";
    if (plan->report != NULL)
        return "--stats";
    return list != NULL && strcmp(list, FETCH_AUTO) != 0 ? "--prefetch" : NULL;
}

static int check_served(const struct image *image)
{
    const char *option = served_option(image->plan);

    if (image->squashfs != NULL || option == NULL)
        return 0;
    return failed(0,
                  "%s is about SquashFS images, which ch-convert makes: %s "
                  "(%s)",
                  option, image_path(image), image_kind(image));
}

struct image *image_open(const struct container *plan)
{
    struct image *image = malloc(sizeof *image);

    if (image == NULL) {
        failed(errno, "can't open image %s", plan->image);
        return NULL;
    }
    *image = (struct image){ .plan = plan, .archive = -1 };
    if (find(image, plan) < 0 || check_served(image) < 0)
        image_close(&image);
    return image;
}

struct image *image_open_data(const struct container *plan, const char *path)
{
    struct squashfs_plan squashfs = plan_squashfs(plan, path, 0);

    // a list that is given is the root's
    if (plan->prefetch != NULL && strcmp(plan->prefetch, FETCH_AUTO) == 0)
        squashfs.prefetch = plan->prefetch;
    return adopt(squashfs_open(&squashfs));
}

struct image *image_open_squashfs(const struct squashfs_plan *plan)
{
    return adopt(squashfs_open(plan));
}

void image_close(struct image **image)
{
    if (*image == NULL)
        return;
    squashfs_close(&(*image)->squashfs);
    scope_close(&(*image)->archive);
    free((*image)->path);
    free((*image)->tag);
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
    if (image->is_layout)
        return "layers";
    if (image->archive >= 0)
        return "tar archive";
    return strcmp(image->path, "/") == 0 ? "host" : "directory";
}

bool image_is_costly(const struct image *image)
{
    return image->squashfs != NULL || image->archive >= 0;
}

char *image_identity(const struct image *image)
{
    const char *platform = image->plan != NULL ? image->plan->platform : NULL;
    cleanup_free char *file = image_file_identity(&image->stat, image->offset);

    return file == NULL
               ? NULL
               : str_printf("%s%s%s%s%s", file, image->tag != NULL ? " " : "",
                            image->tag != NULL ? image->tag : "",
                            platform != NULL ? " for " : "",
                            platform != NULL ? platform : "");
}

void image_share(struct image *image, struct share *share, size_t index)
{
    image->part = (struct share_part){ share, index };
}

bool image_needs_server(const struct image *image)
{
    return image->squashfs != NULL && squashfs_needs_server(image->squashfs) &&
           !share_has(&image->part);
}

int image_serve(struct image *image)
{
    return squashfs_start(image->squashfs);
}

struct unpacking image_unpacking(const struct image *image)
{
    return (struct unpacking){ .path = image_path(image),
                               .file = image->archive,
                               .is_squashfs = image->squashfs != NULL,
                               .is_layout = image->is_layout,
                               .tag = image->tag,
                               .platform = image->plan->platform,
                               .offset = image->offset,
                               .limit = image->plan->unpack_size };
}

static int mount_archive(const struct image *image, int target)
{
    struct unpacking u = image_unpacking(image);

    return unpack(&u, target);
}

int image_mount(struct image *image, int target)
{
    if (share_has(&image->part))
        return share_put(&image->part, target);
    if (image->archive >= 0)
        return mount_archive(image, target);
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
