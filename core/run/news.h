// news.h - what the first of some peers tells their keeper.
// SPDX-License-Identifier: MIT
#pragma once

#include <stddef.h>

#include "core/run/spares.h"

// A message, with descriptors.
struct news {
    enum { NEWS_USER, NEWS_IMAGE, NEWS_ROOT, NEWS_END, NEWS_MOUNTS } kind;
    size_t index; // of the image
};

// Bytes of the longest: NEWS_ROOT brings a description, too.
#define NEWS_MAX (sizeof(struct news) + SPARES_MAX)

// Tell the keeper of the user namespace (ns_open()); the first thing to tell.
// 0, or -1 with errno.
int news_tell_user(int keeper, int user);

// Tell it of an image: a copy of its mount (mount_copy()), or -1 if the
// container as a whole is shared, and a descriptor of the process without which
// the image is dead, or -1. 0, or -1 with errno.
int news_tell_image(int keeper, size_t index, int copy, int process);

// Tell it of the root that was built of them, and all that is mounted in it:
// the mount namespace "origin", in which no process is left. 0, or -1 with
// errno; a root that takes too long a description is not told of.
int news_tell_root(int keeper, const struct spares_plan *plan, int origin);

// That was all: peers may have the images. 0, or -1 with errno.
int news_tell_end(int keeper);

// Tell it of the container's mount namespace, which is the end too. 0, or -1
// with errno.
int news_tell_mounts(int keeper, int mounts);
