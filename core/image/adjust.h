// adjust.h - a stream with other owners, times and names, counted on its way.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdbool.h>

#include "core/base/progress.h"
#include "core/base/str.h"
#include "core/image/budget.h"
#include "core/image/stream.h"

struct adjustment {
    bool set_owner;
    uid_t uid;
    gid_t gid;
    bool set_mtime;   // to mtime
    bool limit_mtime; // none is later than mtime
    time_t mtime;
    bool xattrs;                   // keep those that are kept: xattr_read.h
    const struct strlist *exclude; // see exclude.h
    struct budget *budget;         // charged with what files are to be
    struct progress_counts *counts;
};

// Read on with these changes, until a signal comes (core/base/stop.h). The
// adjustment must stay. Takes over the reader. NULL after failed().
struct image_reader *image_adjust(struct image_reader *reader,
                                  const struct adjustment *adjustment);
