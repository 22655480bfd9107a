// dir_read.h - a directory, read as a stream.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdbool.h>

#include "core/base/str.h"
#include "core/image/output.h"
#include "core/image/stream.h"

struct dir_read_options {
    bool xattrs;                   // bring extended attributes: xattr_read.h
    const struct strlist *exclude; // are not even looked at: exclude.h
    const struct output_files *output; // are passed over; or NULL
};

// Read the tree below the directory, sorted by name, depth first; the
// descriptor stays the caller's and must stay open. Nothing outside of it is
// read, whatever is changed there meanwhile. The list of what is excluded must
// stay. NULL after failed().
struct image_reader *image_read_dir(int root,
                                    const struct dir_read_options *options);
