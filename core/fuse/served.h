// served.h - the room's front door: an image file, its server, its mount.
//
// What the rooms above need to show a SquashFS image, in the order of use.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct served;

struct served_options {
    const char *path;     // of the image, for messages and /proc/mounts
    uint64_t offset;      // bytes before the SquashFS in the file
    uint64_t cache_bytes; // of decompressed data; 0: default
    unsigned threads;     // at most; 0: as many as pay
    unsigned without;     // see feature.h
    bool one_owner;       // files belong to uid and gid, whatever they say
    uid_t uid;
    gid_t gid;
    bool hidden; // even root of the user namespace may not look into the server
    const char *report; // a file for statistics at the end, or NULL
    const char *record; // a file for the paths of files that are read, or NULL
    const char *prefetch; // paths of files to be fetched at once, or NULL
    bool prefetch_own;    // or by the image's own list, if it has one
};

// Does a SquashFS image start at this offset of the file?
bool served_is_image(int fd, uint64_t offset);

// Prepare to serve the image, which is opened and checked when it is served:
// damage is told by served_start(), served_mount() or served_serve(). "fd"
// stays the caller's, all strings are borrowed. NULL after failed().
struct served *served_open(int fd, const struct served_options *options);

// Take over the device of a file system that somebody else, fusermount3(1),
// has mounted already.
void served_take(struct served *served, int device);

// Open /dev/fuse, unless it is open; served_start() and served_mount() do it
// too. 0, or -1 after failed().
int served_open_device(struct served *served);

// Open /dev/fuse and fork the server; see server.h for when. With a device
// taken over, the server begins as soon as the image is open. 0, or -1 after
// failed().
int served_start(struct served *served);

// Its server's pid; 0 before it is started.
pid_t served_pid(const struct served *served);

// Mount at "dir", and let the server begin if there is one. 0, or -1 after
// failed().
int served_mount(struct served *served, const char *dir);

// Instead of served_start(), after served_mount() or served_take(): serve in
// this process until nobody has it mounted any more. 0, or -1 after failed().
int served_serve(struct served *served);

// Give up this process's hold on it. The server lives as long as the mount,
// or ends at once if there is none.
void served_close(struct served *served);
