// served.c - the room's front door: an image file, its server, its mount.
// SPDX-License-Identifier: MIT
#include "core/fuse/served.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/log.h"
#include "core/fuse/mount.h"
#include "core/fuse/server.h"

struct served {
    struct served_options options;
    struct fuse_image image;
    struct fuse_server server; // .pid is 0 until it is started
};

// While anybody but the server holds the device, readers would hang when it
// dies, instead of getting an error.
static void close_device(struct served *served)
{
    close(served->image.device);
    served->image.device = -1;
}

static int open_device(struct served *served)
{
    if (served->image.device < 0)
        served->image.device = fuse_device_open();
    return served->image.device < 0 ? -1 : 0;
}

static void go(struct served *served)
{
    fuse_server_go(&served->server);
    close_device(served);
}

bool served_is_image(int fd, uint64_t offset)
{
    return squash_is_image(fd, offset);
}

struct served *served_open(int fd, const struct served_options *options)
{
    struct squash_options how = { .name = options->path,
                                  .offset = options->offset,
                                  .cache_bytes = options->cache_bytes };
    struct served *served = calloc(1, sizeof *served);

    if (served == NULL) {
        failed(errno, "can't open image %s", options->path);
        return NULL;
    }
    served->options = *options;
    served->image = (struct fuse_image){ .image = squash_open(fd, &how),
                                         .device = -1,
                                         .threads = options->threads,
                                         .one_owner = options->one_owner,
                                         .uid = options->uid,
                                         .gid = options->gid,
                                         .hidden = options->hidden };
    served->server.go = -1;
    if (served->image.image == NULL) {
        free(served);
        return NULL;
    }
    return served;
}

void served_take(struct served *served, int device)
{
    served->image.device = device;
}

int served_start(struct served *served)
{
    bool mounted = served->image.device >= 0;

    if (open_device(served) < 0)
        return -1;
    if (fuse_server_start(&served->image, &served->server) < 0)
        return -1;
    log_step("image server: pid %d", (int)served->server.pid);
    if (mounted)
        go(served);
    return 0;
}

int served_mount(struct served *served, const char *dir)
{
    if (open_device(served) < 0)
        return -1;
    if (fuse_mount_at(served->image.device, served->options.path, dir) < 0)
        return -1;
    if (served->server.go >= 0)
        go(served);
    return 0;
}

int served_serve(struct served *served)
{
    int status = fuse_serve(&served->image);

    close_device(served);
    return status;
}

void served_close(struct served *served)
{
    if (served == NULL)
        return;
    if (served->server.go >= 0)
        close(served->server.go);
    if (served->image.device >= 0)
        close_device(served);
    squash_close(served->image.image);
    free(served);
}
