// loop.h - a file that the kernel takes for a disk (loop(4)).
// SPDX-License-Identifier: MIT
#pragma once

#include <stdint.h>

#define LOOP_NAME_SIZE 64 // bytes of the name, LO_NAME_SIZE of linux/loop.h

struct loop {
    int fd;        // keeps the device until it is mounted
    char path[32]; // "/dev/loopN"
};

// Attach the file "image", of which "offset" bytes are skipped, to a free
// device, read-only. The device is free again when the last of its users,
// loop->fd and a mount of it, has gone. "name" is cut to what fits. 0, or -1
// after failed(). Needs root.
int loop_attach(struct loop *loop, int image, uint64_t offset,
                const char *name);

// The name of the device "path", which must have the given number. 0, or -1
// with errno.
int loop_name(const char *path, unsigned major, unsigned minor,
              char name[LOOP_NAME_SIZE]);
