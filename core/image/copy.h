// copy.h - the one loop between a reader and a writer.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "core/image/stream.h"

struct copied {
    uint64_t entries;
    uint64_t devices; // left out, see devices.h
};

enum { COPY_NO_DEVICES = false, COPY_DEVICES = true };

// Bring all entries from the reader to the writer, with device files and what
// is below /dev, or without. 0, or -1 after failed(); the counts say how far it
// came.
int image_copy(struct image_reader *reader, struct image_writer *writer,
               bool devices, struct copied *copied);
