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
                                         .gid = options->gid };
    served->server.go = -1;
    if (served->image.image == NULL) {
        free(served);
        return NULL;
    }
    return served;
}

int served_start(struct served *served)
{
    served->image.device = fuse_device_open();
    if (served->image.device < 0)
        return -1;
    if (fuse_server_start(&served->image, &served->server) < 0)
        return -1;
    log_step("image server: pid %d", (int)served->server.pid);
    return 0;
}

int served_mount(struct served *served, const char *dir)
{
    if (fuse_mount_at(served->image.device, served->options.path, dir) < 0)
        return -1;
    fuse_server_go(&served->server);
    // while anybody but the server holds the device, readers would hang when
    // it dies, instead of getting an error
    close(served->image.device);
    served->image.device = -1;
    return 0;
}

pid_t served_pid(const struct served *served)
{
    return served->server.pid;
}

void served_close(struct served *served)
{
    if (served == NULL)
        return;
    if (served->server.go >= 0)
        close(served->server.go);
    if (served->image.device >= 0)
        close(served->image.device);
    squash_close(served->image.image);
    free(served);
}
