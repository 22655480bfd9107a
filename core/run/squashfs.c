// squashfs.c - a SquashFS image on its way to a mount point.
// SPDX-License-Identifier: MIT
#include "core/run/squashfs.h"

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
#include "core/kernel/loop.h"
#include "core/kernel/mount.h"

struct squashfs {
    char *path; // canonical
    uint64_t offset;
    int file;
    struct served *served; // NULL: the kernel reads the image
};

static int check_file(int fd, const char *path, uint64_t offset)
{
    struct stat st;

    if (fstat(fd, &st) < 0)
        return failed(errno, "can't stat: %s", path);
    if (S_ISDIR(st.st_mode))
        return failed(0, "not a SquashFS image, but a directory: %s", path);
    if (!S_ISREG(st.st_mode) && !S_ISBLK(st.st_mode))
        return failed(0,
                      "unknown image type: %s (neither a directory nor a "
                      "file)",
                      path);
    if (!served_is_image(fd, offset))
        return failed(0, "unknown image type: %s (not a SquashFS file%s)", path,
                      st.st_size == 0 ? ", but empty" : "");
    return 0;
}

static int open_file(const char *path, uint64_t offset)
{
    // a FIFO must not make us wait, nor a terminal become ours
    cleanup_close int fd =
        open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

    if (fd < 0)
        return failed(errno, "can't open: %s", path);
    return check_file(fd, path, offset) == 0 ? steal_fd(&fd) : -1;
}

static struct served *open_served(const struct squashfs *image,
                                  const struct squashfs_plan *plan)
{
    struct served_options options = { .path = image->path,
                                      .offset = plan->offset,
                                      .cache_bytes = plan->cache,
                                      .threads = plan->threads,
                                      .one_owner = plan->one_owner,
                                      .uid = plan->uid,
                                      .gid = plan->gid,
                                      .hidden = plan->hidden };

    return served_open(image->file, &options);
}

static int fill(struct squashfs *image, const struct squashfs_plan *plan)
{
    if (plan->kernel && !caps_may_mount())
        return failed(0,
                      "only root can have the kernel mount %s: leave out "
                      "--kernel",
                      plan->path);
    image->offset = plan->offset;
    image->file = open_file(plan->path, plan->offset);
    if (image->file < 0)
        return -1;
    image->path = fs_realpath(plan->path);
    if (image->path == NULL)
        return -1;
    if (plan->kernel)
        return 0;
    image->served = open_served(image, plan);
    return image->served != NULL ? 0 : -1;
}

static int attach(const struct squashfs *image, struct loop *loop)
{
    cleanup_free char *name =
        str_printf(SQUASHFS_LOOP_PREFIX "%s", image->path);

    if (name == NULL)
        return -1;
    return loop_attach(loop, image->file, image->offset, name);
}

static int mount_by_kernel(const struct squashfs *image, int target)
{
    struct loop loop;
    int status;

    if (attach(image, &loop) < 0)
        return -1;
    status = mount_squashfs(loop.path, target);
    if (status < 0 && errno == ENODEV)
        failed(errno,
               "can't mount %s by the kernel, which has no SquashFS; leave "
               "out --kernel",
               image->path);
    else if (status < 0)
        failed(errno, "can't mount %s by the kernel", image->path);
    close(loop.fd);
    return status;
}

struct squashfs *squashfs_open(const struct squashfs_plan *plan)
{
    struct squashfs *image = malloc(sizeof *image);

    if (image == NULL) {
        failed(errno, "can't open image %s", plan->path);
        return NULL;
    }
    *image = (struct squashfs){ .file = -1 };
    if (fill(image, plan) < 0)
        squashfs_close(&image);
    return image;
}

void squashfs_close(struct squashfs **image)
{
    if (*image == NULL)
        return;
    served_close((*image)->served);
    if ((*image)->file >= 0)
        close((*image)->file);
    free((*image)->path);
    free(*image);
    *image = NULL;
}

int squashfs_start(struct squashfs *image)
{
    return image->served != NULL ? served_start(image->served) : 0;
}

int squashfs_mount(struct squashfs *image, int target)
{
    char path[FS_FD_PATH];

    if (image->served == NULL)
        return mount_by_kernel(image, target);
    return served_mount(image->served, fs_fd_path(path, target));
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

const char *squashfs_path(const struct squashfs *image)
{
    return image->path;
}

struct served *squashfs_served(const struct squashfs *image)
{
    return image->served;
}
