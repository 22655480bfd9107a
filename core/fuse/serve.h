// serve.h - answer the kernel's requests for a mounted SquashFS image.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "core/fuse/record.h"
#include "core/squash/reader.h"

struct fuse_image {
    int file;                  // borrowed
    struct squash_options how; // to open it
    struct squash *image;      // NULL until fuse_load()
    int device;                // of fuse_device_open(); borrowed
    unsigned threads; // at most; 0: by the CPUs that this process may use
    unsigned without; // features not to be used; see feature.h
    bool one_owner;   // every file belongs to uid and gid, as must be
    uid_t uid;        // where the user namespace maps a single id
    gid_t gid;
    bool hidden; // even root of the user namespace may not look into it
    int report;  // where statistics go at the end; borrowed. 0: nowhere
    int record;  // where the paths of files go that are read; borrowed. 0: no
    struct record *recorded; // NULL until fuse_load(), or if it is not wanted
    const char *prefetch;    // paths of files to be fetched, or NULL; borrowed
    bool prefetch_own;       // by the image's own list, if it has one
};

// Open and check the image, which is whoever serves it's to do: the memory
// that it takes would be copied by a fork. The caller closes it by
// fuse_unload(). 0, or -1 after failed().
int fuse_load(struct fuse_image *served);
void fuse_unload(struct fuse_image *served);

// Serve until the kernel lets go of the file system: nobody has it mounted any
// more. Further threads are started when there is work for them. 0, or -1
// after failed().
int fuse_serve(const struct fuse_image *served);
