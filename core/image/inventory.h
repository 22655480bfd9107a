// inventory.h - all files of an image, in memory, sorted.
//
// As the stream becomes a directory (dir_write.h), so it becomes an inventory:
// what stands below a symbolic link is where the link leads, and a later entry
// takes the place of an earlier one. A file takes some hundred bytes, however
// large it is.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/str.h"
#include "core/image/content.h"
#include "core/image/stream.h"

struct inventory;

// What is known of a file, by whichever name.
struct inventory_file {
    mode_t mode; // type and permissions
    uid_t uid;
    gid_t gid;
    dev_t device; // of a device file
    struct timespec mtime;
    uint64_t size; // of a regular file
    uint64_t
        data; // of these, bytes that are not in holes; if contents are read
    uint8_t content[CONTENT_DIGEST]; // if contents are read
    struct strlist xattrs;           // see xattr_text.h
    bool implied;                    // a directory that no entry tells of
};

struct inventory_item {
    const char *path; // clean; "" is the root
    const struct inventory_file *file;
    const char *target;  // of a symbolic link
    const char *same_as; // the first path of the file, if this is a further one
    size_t number;       // of the file, less than inventory_count()
};

struct inventory_totals {
    uint64_t files, directories, links, others; // names
    uint64_t bytes; // of regular files, each counted once
};

struct inventory_options {
    bool contents;         // read them
    bool converted;        // without what a conversion leaves out,
    bool devices;          // or with it: devices.h
    bool xattrs;           // look at extended attributes,
    bool user_xattrs_only; // but only those that every user can set
};

// Read all of it; the reader stays the caller's. NULL after failed().
struct inventory *inventory_read(struct image_reader *reader,
                                 const struct inventory_options *options);
void inventory_free(struct inventory *inventory);

// How many files there may be.
size_t inventory_count(const struct inventory *inventory);

const struct inventory_totals *inventory_totals(
    const struct inventory *inventory);

// The next file, a directory before what is in it, names sorted by their bytes.
// The item's texts are valid until the next call, but for same_as. False: there
// are no more.
bool inventory_next(struct inventory *inventory, struct inventory_item *item);

// Begin again.
void inventory_rewind(struct inventory *inventory);

// Which of two paths comes first in an inventory: less than, equal to, or
// greater than 0.
int inventory_compare(const char *one, const char *other);
