// view.h - what a command sees: the host, and what is mounted for it alone.
//
// Mount points that the host lacks are there for the command only; nothing is
// written to the host (cover.h).
// SPDX-License-Identifier: MIT
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "core/run/mounting.h"

enum view_kind { VIEW_IMAGE, VIEW_BIND, VIEW_TMPFS };

// Plain data; strings are borrowed.
struct view_mount {
    enum view_kind kind;
    const char *source; // an image or what is bound; NULL: a tmpfs
    const char *target;
    const char *size; // of a tmpfs, as in tmpfs(5); NULL: the kernel's default
    bool read_only;   // what is bound
    bool is_there;    // the target must exist, and may be relative
};

struct view {
    const struct view_mount *mounts; // in the order in which they are made
    size_t count;
    struct mounting how; // all images are mounted so; "image", "dir" are unused
    bool alone;          // ranks of a job step do not share images
};

// Split "SOURCE:TARGET" at the colon behind a file that exists, or else at the
// first one that an absolute path follows. 1, and the caller frees *source; 0:
// it is no such pair, as there is no such colon or the whole is a file that
// exists; -1 after failed().
int view_split(const char *word, char **source, const char **target);

// Have the calling process see this. Its working directory is the caller's. 0,
// or -1 after failed().
int view_make(const struct view *view);

// Turn the calling process into the command, which sees this; argv NULL:
// $SHELL, or else /bin/sh. Its working directory is the caller's. Returns only
// on failure: -1 after failed(), with the exit status set where it is not 1.
int view_enter(const struct view *view, char *const *argv);
