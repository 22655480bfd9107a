// bundle.h - a runtime bundle: a root file system, and beside it a config.json
// that tells how to run it (runtime-spec, bundle.md).
//
// The root is a directory; or, as only our own runtime takes it, a SquashFS
// file.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdbool.h>

#include "core/image/config.h"
#include "core/image/dir_read.h"
#include "core/image/stream.h"

#define BUNDLE_CONFIG "config.json"
#define BUNDLE_DIR "rootfs"
#define BUNDLE_FILE "rootfs.sqfs"

// Is the directory such a bundle?
bool bundle_is(int dir);

// Read what its root is, and below /ch what its config.json says. The directory
// stays the caller's. NULL after failed().
struct image_reader *image_read_bundle(int dir,
                                       const struct dir_read_options *options);

struct bundle_root {
    int fd; // of the directory or file
    bool file;
};

// Make the root in the directory. 0, or -1 after failed().
int bundle_make_root(int dir, struct bundle_root *root);

// Write to it by this writer, which is taken over, as is the root's descriptor;
// and the config.json at the end. NULL after failed().
struct image_writer *image_write_bundle(struct image_writer *writer, int dir,
                                        const struct bundle_root *root,
                                        const struct image_config *config);
