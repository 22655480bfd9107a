// images.h - the images of one command: its root's, and those bound into it.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "core/base/str.h"
#include "core/run/image.h"

// In the order in which they are named. It owns them.
struct images {
    struct image **items;
    size_t count;
};

// Take over an image; NULL is whatever failed to open. 0, or -1 after failed().
int images_add(struct images *images, struct image *image);
void images_close(struct images *images);
#define cleanup_images __attribute__((cleanup(images_close)))

// Does it cost something to show any of them, so that peers had better share?
bool images_are_costly(const struct images *images);

// Those that peers are to share, which are the costly ones or "all", are parts
// of "share", and what tells them is added to the list for share_meet(). 0, or
// -1 after failed().
int images_share(const struct images *images, bool all, struct share *share,
                 struct strlist *identities);

// Does any of them take a process to show its files?
bool images_need_server(const struct images *images);

// Start these processes; see image_serve(). 0, or -1 after failed().
int images_serve(const struct images *images);
