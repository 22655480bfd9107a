// layer.h - the directory of --overlay: changes of an image that stay.
//
// In the directory:
//   upper/  the changes, in the format of overlayfs
//   work/   overlayfs's own, of no use to anybody else
//   image   which image they are changes of, a text of two lines
//   lock    a text about who writes, else empty; locked while it is used
//
// One container may write, or any number may use it read-only: overlayfs must
// not see its layers change. It is locked until the last process of the
// container is gone (warden.h), also when that is a daemon. If the warden was
// killed, its text stays, and overlayfs is asked whether it still writes.
//
// A layer belongs to the image that it was begun with. With another one it is
// refused, as a mixture of two images is rarely meant; but an image that was
// built anew at the same path is only warned of, once, and one that was moved
// or copied is recognized by its contents.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdbool.h>

#include "core/run/container.h"
#include "core/run/warden.h"

struct layer {
    char *path; // canonical
    bool read_only;
    bool fresh; // upper/ was made just now
    pid_t pid;  // of the container on the host; 0: it is this process
    int lock;   // the open file; -1: none
    struct warden warden;
};

// No layer, for which the functions below have nothing to do.
#define LAYER_NONE                                       \
    {                                                    \
        .lock = -1, .warden = {.link = -1, .watch = -1 } \
    }

// Find the plan's layer for the image at the canonical path "image", make it if
// need be, check it and lock it; nothing if the plan has none. Before any
// namespace is entered. 0, or -1 after failed(); layer_close() in any case.
int layer_open(struct layer *layer, const struct container *plan,
               const char *image);

// Start the process that keeps the lock; before the mount namespace is made.
// 0, or -1 after failed().
int layer_keep(struct layer *layer);

// Give up this process's hold on it: the warden has one of its own.
void layer_close(struct layer *layer);
#define cleanup_layer __attribute__((cleanup(layer_close)))
