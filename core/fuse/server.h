// server.h - the process that serves an image.
//
// It belongs to nobody (core/kernel/aside.h), and ends when the kernel says
// that the last process has let go of the file system.
//
// The order that works (an ordinary user): unshare the user namespace, open
// /dev/fuse and the image, fuse_server_start(), and only then unshare the mount
// namespace, which the server would otherwise keep alive, and with it the
// mount; mount, and fuse_server_go().
// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include "core/fuse/serve.h"

struct fuse_server {
    pid_t pid;
    int link; // close-on-exec; closed by fuse_server_go()
};

// Fork the server, which opens the image while the caller goes on. To be
// called before this process has threads. The file and the device stay the
// caller's to close, and both should be closed soon. 0, or -1 after failed().
int fuse_server_start(struct fuse_image *served, struct fuse_server *server);

// Wait until the image is open. 0, or -1 after failed() when it is no good:
// the server has ended then.
int fuse_server_wait(const struct fuse_server *server);

// The file system is mounted: begin to serve. The caller gives up the device
// and the image. If this process ends without it, the server ends too.
void fuse_server_go(struct fuse_server *server);
