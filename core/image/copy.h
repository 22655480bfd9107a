// copy.h - the one loop between a reader and a writer.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "core/image/stream.h"

// Does a conversion leave it out? What is below /dev, as the host's own is seen
// there, and devices.
bool copy_leaves_out(const struct image_entry *entry);

struct copied {
    uint64_t entries;
    uint64_t devices; // left out: whoever runs the image may not make them
};

// Bring all entries from the reader to the writer that are not left out; hard
// links to devices are, too. 0, or -1 after failed(); the counts say how far it
// came.
int image_copy(struct image_reader *reader, struct image_writer *writer,
               struct copied *copied);
