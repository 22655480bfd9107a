// loop.c - a file that the kernel takes for a disk (loop(4)).
//
// Linux 5.8 can attach and configure in one step. Before, these are two; in
// between, others see a device without its offset, but nobody asks for it by
// its number yet.
// SPDX-License-Identifier: MIT
#include "core/kernel/loop.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/loop.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/errno_text.h"
#include "core/base/log.h"
#include "core/base/scope.h"

#ifndef LOOP_CONFIGURE
#define LOOP_CONFIGURE 0x4C0A
struct loop_config {
    __u32 fd;
    __u32 block_size;
    struct loop_info64 info;
    __u64 reserved[8];
};
#endif

#define TRIES 64 // others take free devices at the same time

_Static_assert(LOOP_NAME_SIZE == LO_NAME_SIZE, "size of a loop device's name");

static int configure_in_two(int device, const struct loop_config *config)
{
    if (ioctl(device, LOOP_SET_FD, config->fd) < 0)
        return -1;
    if (ioctl(device, LOOP_SET_STATUS64, &config->info) == 0)
        return 0;
    int errnum = errno;

    if (ioctl(device, LOOP_CLR_FD, 0) < 0)
        log_warn("can't detach a loop device: %s", errno_text(errno));
    errno = errnum;
    return -1;
}

static int configure(int device, const struct loop_config *config)
{
    if (ioctl(device, LOOP_CONFIGURE, config) == 0)
        return 0;
    // Linux before 5.8 knows no such request, and calls it an invalid one
    if (errno != ENOTTY && errno != EINVAL)
        return -1;
    return configure_in_two(device, config);
}

// One free device. 0; -1 with errno EBUSY when somebody else was faster; -1
// with any other errno after failed().
static int attach_one(struct loop *loop, int control,
                      const struct loop_config *config)
{
    int number = ioctl(control, LOOP_CTL_GET_FREE);

    if (number < 0)
        return failed(errno, "can't get a free loop device");
    snprintf(loop->path, sizeof loop->path, "/dev/loop%d", number);
    loop->fd = open(loop->path, O_RDONLY | O_CLOEXEC);
    if (loop->fd < 0)
        return failed(errno, "can't open loop device %s", loop->path);
    if (configure(loop->fd, config) == 0)
        return 0;
    int errnum = errno;

    close(loop->fd);
    loop->fd = -1;
    if (errnum != EBUSY)
        failed(errnum, "can't attach the image to %s", loop->path);
    errno = errnum;
    return -1;
}

int loop_attach(struct loop *loop, int image, uint64_t offset, const char *name)
{
    struct loop_config config = {
        .fd = (__u32)image,
        .info = { .lo_offset = offset,
                  .lo_flags = LO_FLAGS_READ_ONLY | LO_FLAGS_AUTOCLEAR },
    };
    cleanup_close int control = open("/dev/loop-control", O_RDWR | O_CLOEXEC);

    if (control < 0)
        return failed(errno, "can't open /dev/loop-control");
    snprintf((char *)config.info.lo_file_name, LO_NAME_SIZE, "%s", name);
    for (int i = 0; i < TRIES; i++) {
        if (attach_one(loop, control, &config) == 0) {
            log_step("loop device: %s", loop->path);
            return 0;
        }
        if (errno != EBUSY)
            return -1;
    }
    return failed(0,
                  "can't get a free loop device: others were faster %d "
                  "times",
                  TRIES);
}

int loop_name(const char *path, unsigned major, unsigned minor,
              char name[LOOP_NAME_SIZE])
{
    cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct loop_info64 info;
    struct stat st;

    if (fd < 0 || fstat(fd, &st) < 0)
        return -1;
    if (!S_ISBLK(st.st_mode) || st.st_rdev != makedev(major, minor)) {
        errno = ENODEV;
        return -1;
    }
    if (ioctl(fd, LOOP_GET_STATUS64, &info) < 0)
        return -1;
    snprintf(name, LOOP_NAME_SIZE, "%.*s", LO_NAME_SIZE - 1,
             (const char *)info.lo_file_name);
    return 0;
}
