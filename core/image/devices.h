// devices.h - device files, and what is below /dev: what of a tree is no part
// of an image, if not asked for.
//
// Who runs an image sees the host's own /dev there, and may not use other
// device files: image file systems are mounted without.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "core/image/stream.h"

struct devices {
    bool kept;      // all of it
    uint64_t count; // names of device files that were left out
    void *left;     // their paths, by tsearch(3)
};

// Is it left out by what it says itself, which of hard links is not all?
bool devices_stay_out(const struct devices *devices,
                      const struct image_entry *entry);

// Of the stream's next entry: 1 if it is a part of the image; 0 if not, as hard
// links to device files aren't, too; -1 after failed().
int devices_take(struct devices *devices, const struct image_entry *entry);

void devices_free(struct devices *devices);
