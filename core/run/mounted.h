// mounted.h - the mounts of images that this mount namespace has.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "core/kernel/mountinfo.h"

enum mounted_kind {
    MOUNTED_OTHER,  // not of ours
    MOUNTED_FUSE,   // shown by a server
    MOUNTED_KERNEL, // read by the kernel from a loop device
};

// What a mount is. Only root can tell those by the kernel that are ours from
// others.
enum mounted_kind mounted_kind(const struct mountinfo_entry *mount);

// Is an image mounted at "dir", by a server?
bool mounted_at(const char *dir);

struct mounted {
    char *image;  // path, as far as the kernel tells
    char *dir;    // where it is mounted, as this process sees it
    bool kernel;  // MOUNTED_KERNEL
    pid_t server; // or 0: none, or none that the caller may look into
};

struct mounted_list {
    struct mounted *items;
    size_t count;
};

// All mounts of images, oldest first, into an empty list. 0, or -1 after
// failed().
int mounted_read(struct mounted_list *list);

void mounted_free(struct mounted_list *list);
#define cleanup_mounted __attribute__((cleanup(mounted_free)))
