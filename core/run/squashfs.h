// squashfs.h - a SquashFS image on its way to a mount point.
//
// In the order of use: open; start and mount; close, which leaves the mount as
// it is. Started first, the server can be outside of a mount namespace that is
// made in between; mounted first, somebody else may do it, see
// squashfs_served(). Several images may go this way at a time.
//
// It is served by FUSE. Where FUSE can't be had, the kernel reads it if the
// caller is root, and else it is unpacked into memory.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/fuse/served.h"
#include "core/run/fuse_use.h"

struct squashfs;

// Plain data; strings are borrowed.
struct squashfs_plan {
    const char *path;
    uint64_t offset; // bytes before the SquashFS in its file; 0: found out
    bool kernel;     // mounted by the kernel itself; needs root
    enum fuse_use fuse;
    uint64_t unpack_size; // see unpack.h

    // of the server:
    uint64_t cache;   // bytes; 0: default
    unsigned threads; // at most; 0: as many as pay
    unsigned without; // see feature.h
    bool one_owner;   // files belong to uid and gid, whatever they say
    uid_t uid;
    gid_t gid;
    bool hidden;        // even root of the user namespace may not look into it
    const char *report; // a file for statistics at the end, or NULL
    const char *record; // a file for the paths of files that are read, or NULL
    const char *prefetch; // see fetch_list.h, or NULL
};

// Is it a regular file that is such an image? What can't be read is not.
bool squashfs_is_file(const char *path);

// Does the file hold a SquashFS at this offset? If it is 0, and the file is a
// SIF file, *offset becomes where it is in that. 1, 0, or -1 after failed().
int squashfs_find(int fd, const char *path, uint64_t *offset);

// Is /dev/fuse there, and is it open to this process?
bool squashfs_may_be_served(void);

// Find out whether it is one, and read as much of it as shows that it is
// sound. NULL after failed().
struct squashfs *squashfs_open(const struct squashfs_plan *plan);

// The same of a file that is open, and holds an image at the plan's offset; it
// is taken over.
struct squashfs *squashfs_take(const struct squashfs_plan *plan, int file);

void squashfs_close(struct squashfs **image);
#define cleanup_squashfs __attribute__((cleanup(squashfs_close)))

// Does it take a process to show the image's files?
bool squashfs_needs_server(const struct squashfs *image);

// Start the server, if it takes one. Where the node does not let it, the image
// may need none any more. 0, or -1 after failed().
int squashfs_start(struct squashfs *image);

// Mount it on top of the directory "target". 0, or -1 after failed().
int squashfs_mount(struct squashfs *image, int target);

// The same where a path leads, for all who share this mount namespace.
int squashfs_mount_at(struct squashfs *image, const char *dir);

// Is it there for a process that looks now? 0, or -1 after failed().
int squashfs_check_at(const char *dir);

// What tells it from other images, see image_file.h; the caller frees it. NULL
// after failed().
char *squashfs_identity(const struct squashfs *image);

// The image's canonical path, and what serves it (NULL: nothing does); both
// are borrowed.
const char *squashfs_path(const struct squashfs *image);
struct served *squashfs_served(const struct squashfs *image);
