// mount.h - a FUSE file system mounted without a helper program.
//
// fusermount exists because mount(2) used to need root. In a user namespace
// with a mount namespace of its own it does not: /dev/fuse and mount(2) do.
// SPDX-License-Identifier: MIT
#pragma once

// How /proc/mounts tells our mounts from others'.
#define FUSE_SUBTYPE "ch"
#define FUSE_TYPE "fuse." FUSE_SUBTYPE

// Open /dev/fuse (close-on-exec). In a container it must be done in the user
// namespace that will mount: the kernel compares them. The descriptor, or -1
// after failed() with the remedy; EINVAL if something else is there.
int fuse_device_open(void);

// What mends it when opening /dev/fuse gave "errnum": a phrase in static
// memory, "" when nothing is known.
const char *fuse_device_hint(int errnum);

// Mount the file system that is, or will be, served on "device" read-only at
// "dir", for every user of this user namespace. "source" is what /proc/mounts
// shows, the image's path. 0, or -1 after failed().
//
// The caller closes the device afterwards: as long as any process but the
// server holds it, readers would hang instead of failing when the server dies.
int fuse_mount_at(int device, const char *source, const char *dir);
