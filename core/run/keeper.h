// keeper.h - the process that admits peers to what the first of them made.
//
// The first of a group of peers (share.h) forks it before entering any
// namespace. It owns the group's name, holds what is shared, hands it to each
// peer that asks, and watches them all. When the last of them has ended and
// no other comes for a moment, it ends, and lets go. Without it the peers run
// on: what they share is the kernel's. It writes nothing to any disk.
//
// Images are handed out as mounts that are mounted nowhere, a copy for each
// peer, which puts it where it wants in a mount namespace of its own. Making
// copies takes a mount namespace to make them in: the keeper has one, in the
// group's user namespace. A peer that wants just the root that the first one
// has gets a mount namespace with a copy of it (spares.h).
// SPDX-License-Identifier: MIT
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

// What the keeper tells each peer; the group's key follows.
struct keeper_answer {
    uint32_t came;      // peers so far, this one included
    uint32_t with_root; // a root follows, not the images
    int32_t first;      // pid of the first one
};

struct keeper_task {
    int listener;      // of the group's name
    const char *key;   // see share.c
    unsigned expected; // peers that are known to come; 0: unknown
    size_t images;     // to be shared, below PARCEL_FDS
    bool whole;        // not one by one, but in the container as a whole
};

// Fork the keeper. The descriptor by which it learns what to share (news.h), to
// be closed at the end, or -1 after failed(). If it is closed before all was
// told (this process has died, say), the keeper ends.
int keeper_start(const struct keeper_task *task);
