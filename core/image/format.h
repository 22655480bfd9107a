// format.h - the table of image formats.
//
// A row is a name, how the format is told, and its reader and writer: whatever
// can be read can be written as whatever can be written (copy.h).
// SPDX-License-Identifier: MIT
#pragma once

#include <stdbool.h>

#include "core/base/str.h"
#include "core/image/stream.h"

struct format_input {
    int fd; // of the file or directory; must stay open
    const char *path;
    bool xattrs;
    const struct strlist *exclude; // need not be brought
};

struct format_output {
    int fd; // of a new file or directory, or a pipe
    const char *path;
    const char *codec; // NULL: the format's choice
    int level;         // -1: the codec's choice
    unsigned threads;  // at most; 0: as many as this process has CPUs
    bool owners;       // of files can be set
    bool has_time;     // or else now:
    time_t time;       // when the image is made
};

struct image_format {
    const char *name;      // also in front of a path: "tar:image"
    const char *globs[8];  // of paths
    bool (*holds)(int fd); // is it this, by the first bytes of a file?
    bool directory;        // and not a file
    bool pipes;            // can be read from and written to a pipe, "-"
    bool single;           // may hold its tree in a directory of its own
    // Each NULL after failed(); NULL in the table: it can't be read, or written.
    struct image_reader *(*read)(const struct format_input *input);
    struct image_writer *(*write)(const struct format_output *output);
};

// A place where an image is, or comes to be.
struct format_place {
    const struct image_format *format;
    const char *path; // "-": standard input or output
};

// What the user means by an operand: by the name that he gives ("-i", "-o"; or
// NULL), by a name in front of the path, by the path's form, or by what is
// there. "is_input" is for messages. 0, or -1 after failed().
int format_find(const char *operand, const char *name, bool is_input,
                struct format_place *place);
