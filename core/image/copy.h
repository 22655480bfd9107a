// copy.h - the one loop between a reader and a writer.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdint.h>

#include "core/image/stream.h"

struct copied {
    uint64_t entries;
    uint64_t devices; // left out: whoever runs the image may not make them
};

// Bring all entries from the reader to the writer. What is below /dev is left
// out, as the host's own is seen there. 0, or -1 after failed(); the counts say
// how far it came.
int image_copy(struct image_reader *reader, struct image_writer *writer,
               struct copied *copied);
