// kept.h - files that are not brought, kept for other names of theirs.
//
// Who passes over a file does not know whether a later entry is a further name
// of it, which is then the file itself. What comes as a stream can't be asked
// for again, so its data go into a file without a name (spool.h).
// SPDX-License-Identifier: MIT
#pragma once

#include "core/image/stream.h"

#define KEPT_ID (1ULL << 61) // in the id of an entry whose data are kept

struct kept;

// NULL after failed().
struct kept *kept_new(void);
void kept_free(struct kept *kept);

// The reader's entry is passed over. 0, or -1 after failed().
int kept_put(struct kept *kept, struct image_reader *reader,
             const struct image_entry *entry);

// An entry that is brought, a further name, becomes the file itself if none of
// its names was brought, or a further name of the one that was. What it points
// to then stays until kept_free().
void kept_restore(struct kept *kept, struct image_entry *entry);

// Data by an id with KEPT_ID. 0, or -1 after failed().
int kept_data(const struct kept *kept, const struct image_part *part,
              struct image_sink *sink);
