// squashfs.c - a SquashFS image on its way to a mount point.
// SPDX-License-Identifier: MIT
#include "core/run/squashfs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/errno_text.h"
#include "core/base/fs.h"
#include "core/base/log.h"
#include "core/base/scope.h"
#include "core/base/str.h"
#include "core/fuse/mount.h"
#include "core/image/sif.h"
#include "core/kernel/caps.h"
#include "core/kernel/loose.h"
#include "core/run/fetch_list.h"
#include "core/run/image_file.h"
#include "core/run/kernel_squashfs.h"
#include "core/run/unpack.h"

struct squashfs {
    char *path; // canonical
    uint64_t offset;
    int file;
    enum way { SERVE, KERNEL, LOOSE, UNPACK } way;
    enum fuse_use fuse;
    uint64_t unpack_size;
    struct served *served; // SERVE
    struct fetch_list list;
    int loose; // LOOSE: mounted by the kernel, nowhere yet
};

static int not_squashfs(const char *path)
{
    return failed(0, "unknown image type: %s (not a SquashFS file)", path);
}

static int open_file(const char *path, uint64_t *offset)
{
    cleanup_close int fd = image_file_open(path);
    int found = fd >= 0 ? squashfs_find(fd, path, offset) : -1;

    if (found < 0)
        return -1;
    return found ? steal_fd(&fd) : not_squashfs(path);
}

static struct served *open_served(const struct squashfs *image,
                                  const struct squashfs_plan *plan)
{
    struct served_options options = { .path = image->path,
                                      .offset = image->offset,
                                      .cache_bytes = plan->cache,
                                      .threads = plan->threads,
                                      .without = plan->without,
                                      .one_owner = plan->one_owner,
                                      .uid = plan->uid,
                                      .gid = plan->gid,
                                      .hidden = plan->hidden,
                                      .record = plan->record,
                                      .report = plan->report,
                                      .prefetch = image->list.text,
                                      .prefetch_own = image->list.own };

    return served_open(image->file, &options);
}

static struct kernel_squashfs kernel_view(const struct squashfs *image)
{
    return (struct kernel_squashfs){ image->path, image->file, image->offset };
}

// Nobody but a server can tell what is read.
static bool is_watched(const struct squashfs_plan *plan)
{
    return plan->record != NULL || plan->report != NULL;
}

// Root may have the kernel read it, but only before he is in a user namespace.
// The device is opened anew there, as the kernel compares namespaces.
static bool is_by_kernel(const struct squashfs_plan *plan)
{
    if (plan->fuse == FUSE_REQUIRE || is_watched(plan) ||
        !kernel_squashfs_may_be())
        return false;
    return plan->fuse == FUSE_NEVER || !squashfs_may_be_served();
}

static enum way choose_way(struct squashfs *image,
                           const struct squashfs_plan *plan)
{
    struct kernel_squashfs by_kernel = kernel_view(image);

    if (plan->kernel)
        return KERNEL;
    if (is_by_kernel(plan))
        image->loose = kernel_squashfs_loose(&by_kernel);
    if (image->loose >= 0)
        return LOOSE;
    return plan->fuse == FUSE_NEVER ? UNPACK : SERVE;
}

static int fill(struct squashfs *image, const struct squashfs_plan *plan)
{
    if (plan->kernel && !caps_may_mount())
        return failed(0,
                      "only root can have the kernel mount %s: leave out "
                      "--kernel",
                      plan->path);
    image->offset = plan->offset;
    image->fuse = is_watched(plan) ? FUSE_REQUIRE : plan->fuse;
    image->unpack_size = plan->unpack_size;
    image->path = fs_realpath(plan->path);
    if (image->path == NULL)
        return -1;
    image->way = choose_way(image, plan);
    if (image->way != SERVE && is_watched(plan))
        return failed(0, "%s: no server of ours reads %s",
                      plan->record != NULL ? "--record" : "--stats",
                      plan->path);
    if (fetch_list_read(&image->list, plan->prefetch, image->path) < 0)
        return -1;
    if (image->way != SERVE)
        return 0;
    image->served = open_served(image, plan);
    return image->served != NULL ? 0 : -1;
}

static const char *reason_of(int errnum, char *text, size_t size)
{
    if (errnum == ENOENT)
        return "no /dev/fuse";
    snprintf(text, size, "can't use /dev/fuse (%s)", errno_text(errnum));
    return text;
}

// After failed() since FUSE can't be had: 0, or -1 if it is required.
static int unpack_instead(struct squashfs *image)
{
    char text[128];
    const char *reason = reason_of(err_num(), text, sizeof text);
    struct stat st;
    char size[STR_SIZE_TEXT] = "";

    if (image->fuse == FUSE_REQUIRE)
        return -1;
    err_clear();
    served_close(image->served);
    image->served = NULL;
    image->way = UNPACK;
    if (fstat(image->file, &st) == 0)
        str_of_size(size, (uint64_t)st.st_size);
    log_warn("%s: unpacking %s into memory (%s, compressed)", reason,
             image->path, size);
    return 0;
}

static int mount_served(struct squashfs *image, int target)
{
    char path[FS_FD_PATH];

    if (served_mount(image->served, fs_fd_path(path, target)) == 0)
        return 0;
    // before Linux 4.18 everyone may have the device, but only root may mount,
    // and a device of another user namespace is of no use
    if (err_num() == EPERM || err_num() == ENODEV || err_num() == EINVAL)
        return unpack_instead(image);
    return -1;
}

static int mount_unpacked(const struct squashfs *image, int target)
{
    struct unpacking u = { .path = image->path,
                           .file = image->file,
                           .is_squashfs = true,
                           .offset = image->offset,
                           .limit = image->unpack_size };

    return unpack(&u, target);
}

bool squashfs_is_file(const char *path)
{
    struct stat st;
    cleanup_close int fd = -1;

    if (stat(path, &st) < 0 || !S_ISREG(st.st_mode))
        return false;
    fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    return fd >= 0 && (served_is_image(fd, 0) || sif_is(fd));
}

int squashfs_find(int fd, const char *path, uint64_t *offset)
{
    if (served_is_image(fd, *offset))
        return 1;
    if (*offset != 0 || !sif_is(fd))
        return 0;
    if (sif_find(fd, path, offset) < 0)
        return -1;
    return served_is_image(fd, *offset) ? 1 : not_squashfs(path);
}

bool squashfs_may_be_served(void)
{
    cleanup_close int device = fuse_device_open();

    if (device < 0) {
        log_why("not by FUSE: %s", err_text());
        err_clear();
    }
    return device >= 0;
}

struct squashfs *squashfs_open(const struct squashfs_plan *plan)
{
    struct squashfs_plan found = *plan;
    int file = open_file(plan->path, &found.offset);

    return file < 0 ? NULL : squashfs_take(&found, file);
}

struct squashfs *squashfs_take(const struct squashfs_plan *plan, int file)
{
    struct squashfs *image = malloc(sizeof *image);

    if (image == NULL) {
        failed(errno, "can't open image %s", plan->path);
        close(file);
        return NULL;
    }
    *image = (struct squashfs){ .file = file, .loose = -1 };
    if (fill(image, plan) < 0)
        squashfs_close(&image);
    return image;
}

void squashfs_close(struct squashfs **image)
{
    if (*image == NULL)
        return;
    served_close((*image)->served);
    scope_close(&(*image)->file);
    scope_close(&(*image)->loose);
    fetch_list_free(&(*image)->list);
    free((*image)->path);
    free(*image);
    *image = NULL;
}

bool squashfs_needs_server(const struct squashfs *image)
{
    return image->way == SERVE;
}

int squashfs_start(struct squashfs *image)
{
    if (image->way != SERVE)
        return 0;
    if (served_open_device(image->served) < 0)
        return unpack_instead(image);
    return served_start(image->served);
}

int squashfs_mount(struct squashfs *image, int target)
{
    struct kernel_squashfs by_kernel = kernel_view(image);

    if (image->way == SERVE && mount_served(image, target) < 0)
        return -1;
    if (image->way == UNPACK)
        return mount_unpacked(image, target);
    if (image->way == LOOSE && loose_attach(image->loose, target) < 0)
        return failed(errno, "can't mount the image %s", image->path);
    if (image->way == KERNEL)
        return kernel_squashfs_mount(&by_kernel, target);
    return 0;
}

int squashfs_mount_at(struct squashfs *image, const char *dir)
{
    cleanup_close int target = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);

    if (target < 0)
        return failed(errno, "can't mount %s at %s", image->path, dir);
    log_step("mounting %s at %s", image->path, dir);
    if (squashfs_mount(image, target) < 0)
        return failed_while("can't mount at %s", dir);
    return 0;
}

int squashfs_check_at(const char *dir)
{
    struct stat st;

    if (stat(dir, &st) < 0)
        return failed(errno, "can't use the mount at %s", dir);
    return 0;
}

char *squashfs_identity(const struct squashfs *image)
{
    struct stat st;

    if (fstat(image->file, &st) < 0) {
        failed(errno, "can't stat %s", image->path);
        return NULL;
    }
    return image_file_identity(&st, image->offset);
}

const char *squashfs_path(const struct squashfs *image)
{
    return image->path;
}

struct served *squashfs_served(const struct squashfs *image)
{
    return image->served;
}
