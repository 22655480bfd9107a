// mounting.h - the plan of ch-mount: an image that is to be seen at a folder.
//
// For everybody to see it, while this process lives or longer; for one command
// see view.h.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "core/run/squashfs.h"

// Where a private mount is put when nobody says where: every node has this
// directory (Filesystem Hierarchy Standard, 3.12).
#define MOUNTING_DIR "/mnt"

// Plain data; strings are borrowed.
struct mounting {
    const char *image;
    const char *dir;
    uint64_t offset; // bytes before the SquashFS image in its file
    bool kernel;     // mounted by the kernel itself; needs root

    // of the server:
    uint64_t cache;     // bytes; 0: default
    unsigned threads;   // at most; 0: as many as pay
    unsigned without;   // see feature.h
    const char *record; // a file for the paths of files that are read, or NULL
    const char *prefetch; // see fetch_list.h, or NULL
};

// How the caller is to see the plan's image. Owners of files are shown as they
// are, or as the calling user where his namespace or permissions demand it.
struct squashfs_plan mounting_image(const struct mounting *plan);

// What a user means who does not say which: a command of his own if he sits
// at a terminal and may not mount for all.
bool mounting_is_private(void);

// Mount it where everybody sees it and return when it can be used; by the
// kernel if root can't have it served. 0, or -1 after failed(), with nothing
// left behind.
int mounting_background(const struct mounting *plan);

// The same, but return when it is unmounted; SIGINT, SIGTERM and SIGHUP unmount
// it. What serves the image may go on until this process ends.
int mounting_foreground(const struct mounting *plan);
