// dir_write.h - a stream written as files below a directory.
//
// Whatever the entries are called and wherever their links lead, nothing is
// made or changed outside of that directory: each path is resolved within it.
// So an entry below a symbolic link goes where the link leads in the finished
// tree, as layers of merged /usr expect. A later entry takes the place of an
// earlier one of its name; a directory keeps what it has.
//
// Everything belongs to the caller, if not asked for otherwise; so that he can
// use it, directories get rwx and files r for their owner. Of extended
// attributes those of users are kept, where the file system has them, and
// capabilities with the owners.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdbool.h>

#include "core/image/stream.h"

struct dir_options {
    uint64_t limit;         // bytes that it may take; 0: none
    const char *limit_hint; // see budget.h
    unsigned threads;       // see file_write.h
    bool exact;  // files have the mode that their entry has, and a single
                 // directory of the root stays what it is
    bool whole;  // the latter alone
    bool owners; // owners too, which only root can give; then even directories
                 // have their own mode
};

// Write below the directory, which should be empty; the descriptor stays the
// caller's. NULL after failed().
struct image_writer *image_write_dir(int dir,
                                     const struct dir_options *options);

// The bytes taken so far, as they are counted against the limit.
uint64_t dir_write_used(const struct image_writer *writer);
