// source.h - an image that is read: opened, and as a stream of what is in it.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdbool.h>

#include "core/base/str.h"
#include "core/image/add.h"
#include "core/image/format.h"
#include "core/image/output.h"
#include "core/image/stream.h"

struct source {
    const struct format_place *place;
    const char *platform; // see format.h; or NULL
    bool xattrs;
    bool devices;                  // device files are a part of it: devices.h
    const struct strlist *exclude; // need not be brought
    const struct additions *add;   // or NULL
    const struct output_files *output; // no part of it; or NULL
    struct progress_counts *counts;    // to be told how far it is; or NULL
    bool as_is; // without the mount points that are missing
    int fd;     // source_open() opens it
    int again;  // the same file with a position of its own, or -1
};

// Open the place. 0, or -1 after failed(); to be closed in any case.
int source_open(struct source *source);

// Read it: without an archive's own directory, with what is added, and with the
// mount points that are missing, if it is not wanted as it is. The source must
// stay open as long as the reader is. NULL after failed().
struct image_reader *source_read(struct source *source);

void source_close(struct source *source);
#define cleanup_source __attribute__((cleanup(source_close)))
