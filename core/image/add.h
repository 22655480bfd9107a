// add.h - files of the host that are put into an image on its way.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "core/image/output.h"
#include "core/image/stream.h"

struct addition {
    char *source; // a file or a directory of the host; or NULL:
    char *target; // a symbolic link is made, to this
    char *path;   // clean; what it is called in the image
    bool program; // everybody may execute it
};

struct additions {
    struct addition *items;
    size_t count, room;
};

// Note what "SRC:DST" says. 0, or -1 after failed().
int additions_parse(struct additions *list, const char *text);

// Note a symbolic link, at a path that may be absolute. 0, or -1 after
// failed().
int additions_put_link(struct additions *list, const char *target,
                       const char *path);

// The same for a program of the host, which everybody may execute there. 0, or
// -1 after failed().
int additions_put_program(struct additions *list, const char *source,
                          const char *path);

// Can they be opened? 0, or -1 after failed().
int additions_check(const struct additions *list);

void additions_free(struct additions *list);

// Read on, and behind the last entry bring the additions and the directories
// above them that are missing. What the image has by their names is passed
// over; of directories that it has, and of symbolic links that stand for
// directories, what is in them is added to. All of them belong to root. The
// list must stay; takes over the reader. What is written, which must stay, or
// NULL, is never brought. NULL after failed().
struct image_reader *image_add(struct image_reader *reader,
                               const struct additions *list,
                               const struct output_files *output, bool xattrs);
