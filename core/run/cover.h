// cover.h - directories of a read-only image that get further entries.
//
// A directory is covered by one of our own tmpfs in which all its entries are
// bound again, so that nothing is written to the image, and whoever owns it.
// To the container a cover is read-only from its first moment, and so is every
// copy of its mount, unless covers are to be written to; we add to it from
// below, by the tmpfs's own mount.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct covers {
    int scratch;   // the tmpfs
    bool writable; // the container may write to covers, until it ends
    struct cover *items;
    size_t count;
};

#define NO_COVER (-2)

// If "dir", whose path in the container is "path", lies in a cover: a
// descriptor of the same directory that can be written to. NO_COVER if it does
// not; -1 after failed().
int cover_open(const struct covers *covers, int dir, const char *path);

// Cover the directory at "path", which holds no link and is "" for the root,
// of the container "*root". A covered root is another one. 0, or -1 after
// failed().
int cover_put(struct covers *covers, int *root, const char *path);

// "dir", at "path", is the root of a mount of ours that stays writable, and is
// to be treated like a cover. 0, or -1 after failed().
int cover_adopt(struct covers *covers, int dir, const char *path);

void covers_free(struct covers *covers);
