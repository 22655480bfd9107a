// served.c - the room's front door: an image file, its server, its mount.
// SPDX-License-Identifier: MIT
#include "core/fuse/served.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/log.h"
#include "core/fuse/mount.h"
#include "core/fuse/server.h"

struct served {
    struct fuse_image image;
    struct fuse_server server; // .pid is 0 until it is started
    bool mounted;              // by us or somebody else
    const char *record;        // paths, or NULL
    const char *report;
};

// While anybody but the server holds the device, readers would hang when it
// dies, instead of getting an error.
static void close_device(struct served *served)
{
    close(served->image.device);
    served->image.device = -1;
}

// The descriptor, 0 for no path, or -1 after failed(). Opening a FIFO that
// nobody reads is an error; writing to a full one waits, as any program's does,
// since what is written would else be lost.
static int open_output(const char *path)
{
    const int flags = O_WRONLY | O_CREAT | O_TRUNC | O_NOCTTY | O_CLOEXEC;
    int fd;

    if (path == NULL)
        return 0;
    fd = open(path, flags | O_NONBLOCK, 0666);
    if (fd >= 0 && fcntl(fd, F_SETFL, 0) == 0)
        return fd;
    failed(errno, "can't write to %s", path);
    if (fd >= 0)
        close(fd);
    return -1;
}

// Not before there is a server: of ranks that share one, the others leave what
// it has written as it is.
static int open_outputs(struct served *served)
{
    served->image.record = open_output(served->record);
    if (served->image.record >= 0)
        served->image.report = open_output(served->report);
    return served->image.record < 0 || served->image.report < 0 ? -1 : 0;
}

static void close_output(int fd)
{
    if (fd > 0)
        close(fd);
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
    struct served *served = calloc(1, sizeof *served);

    if (served == NULL) {
        failed(errno, "can't open image %s", options->path);
        return NULL;
    }
    served->image =
        (struct fuse_image){ .file = fcntl(fd, F_DUPFD_CLOEXEC, 0),
                             .how.name = options->path,
                             .how.offset = options->offset,
                             .how.cache_bytes = options->cache_bytes,
                             .device = -1,
                             .threads = options->threads,
                             .without = options->without,
                             .one_owner = options->one_owner,
                             .uid = options->uid,
                             .gid = options->gid,
                             .hidden = options->hidden,
                             .prefetch = options->prefetch,
                             .prefetch_own = options->prefetch_own };
    served->record = options->record;
    served->report = options->report;
    served->server.link = -1;
    if (served->image.file < 0) {
        failed(errno, "can't open image %s", options->path);
        free(served);
        return NULL;
    }
    return served;
}

void served_take(struct served *served, int device)
{
    served->image.device = device;
    served->mounted = true;
}

int served_open_device(struct served *served)
{
    if (served->image.device < 0)
        served->image.device = fuse_device_open();
    return served->image.device < 0 ? -1 : 0;
}

int served_start(struct served *served)
{
    if (served_open_device(served) < 0)
        return -1;
    if (open_outputs(served) < 0 ||
        fuse_server_start(&served->image, &served->server) < 0)
        return -1;
    log_step("image server: pid %d", (int)served->server.pid);
    if (!served->mounted)
        return 0; // it opens the image meanwhile
    if (fuse_server_wait(&served->server) < 0)
        return -1;
    go(served);
    return 0;
}

pid_t served_pid(const struct served *served)
{
    return served->server.pid;
}

int served_mount(struct served *served, const char *dir)
{
    bool started = served->server.link >= 0;

    if (served_open_device(served) < 0 ||
        (started && fuse_server_wait(&served->server) < 0) ||
        fuse_mount_at(served->image.device, served->image.how.name, dir) < 0)
        return -1;
    served->mounted = true;
    if (started)
        go(served);
    return 0;
}

int served_serve(struct served *served)
{
    int status = open_outputs(served);

    if (status == 0)
        status = fuse_load(&served->image);
    if (status == 0)
        status = fuse_serve(&served->image);
    close_device(served);
    return status;
}

void served_close(struct served *served)
{
    if (served == NULL)
        return;
    if (served->server.link >= 0)
        close(served->server.link);
    if (served->image.device >= 0)
        close_device(served);
    fuse_unload(&served->image);
    close_output(served->image.record);
    close_output(served->image.report);
    close(served->image.file);
    free(served);
}
