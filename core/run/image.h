// image.h - what a container is made of: a directory, a SquashFS file, a tar
// archive or layers.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdbool.h>

#include "core/run/container.h"
#include "core/run/share.h"
#include "core/run/squashfs.h"
#include "core/run/unpack.h"

struct image;

// Find out what the plan's image is, by its contents, and read as much of it
// as shows that it is sound; of an archive that is only its beginning. The plan
// is borrowed. NULL after failed(). image_close() frees it, but does not
// unmount anything.
struct image *image_open(const struct container *plan);

// A SquashFS file, as the files of the plan's container are to be seen; or as
// this other plan has it.
struct image *image_open_data(const struct container *plan, const char *path);
struct image *image_open_squashfs(const struct squashfs_plan *plan);

void image_close(struct image **image);
#define cleanup_image __attribute__((cleanup(image_close)))

// Where it is, canonical; and what it is, in a word. Both are the image's.
const char *image_path(const struct image *image);
const char *image_kind(const struct image *image);

// Does it take a process, or memory, to show the image's files, so that peers
// had better share it?
bool image_is_costly(const struct image *image);

// What tells the image from any other, for peers on this node: text that the
// caller frees. NULL after failed().
char *image_identity(const struct image *image);

// It is the one of this index among what is shared; borrowed.
void image_share(struct image *image, struct share *share, size_t index);

// Does it take a process, that is not there yet, to show the image's files?
bool image_needs_server(const struct image *image);

// Start that process. In the user namespace of the container-to-be, before
// its mount namespace is made. Where the node does not let it, the image may
// need none any more. 0, or -1 after failed().
int image_serve(struct image *image);

// Mount the image on top of "target", the root of the lowest mount of the pile
// (core/kernel/root.h). Threads that this takes have ended when it returns. 0,
// or -1 after failed().
int image_mount(struct image *image, int target);

// How it is to be unpacked, without a file if it is no archive; borrowed.
struct unpacking image_unpacking(const struct image *image);

// Mounted with the root "mount": let peers have it. 0, or -1 after failed().
int image_offer(struct image *image, int mount);
