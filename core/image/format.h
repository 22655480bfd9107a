// format.h - the table of image formats.
//
// A row is a name, how the format is told, and its reader and writer: whatever
// can be read can be written as whatever can be written (copy.h).
// SPDX-License-Identifier: MIT
#pragma once

#include <stdbool.h>

#include "core/base/progress.h"
#include "core/base/str.h"
#include "core/image/config.h"
#include "core/image/output.h"
#include "core/image/stream.h"

struct format_input {
    int fd; // of the file or directory; must stay open
    const char *path;
    const char *tag; // which of several images; NULL: there is but one
    const char
        *platform; // likewise, as platform.h has it; NULL: this machine's
    bool xattrs;
    const struct strlist *exclude;     // need not be brought
    const struct output_files *output; // are not brought; or NULL
    struct progress_counts *counts;    // to be told how far it is; or NULL
};

struct format_output {
    int fd;     // of a new file or directory, or a pipe
    int parent; // the directory that it is going to stand in, or -1
    const char *path;
    const char *tag;      // what the image is to be called there, or NULL
    const char *platform; // NULL: as the configuration says, or this machine's
    const char *codec;    // NULL: the format's choice
    int level;            // -1: the codec's choice
    uint64_t block_size;  // bytes; 0: the format's choice
    const struct strlist *sort; // see convert.h; or NULL
    unsigned threads;           // at most; 0: as many as this process has CPUs
    bool owners;                // of files can be set
    bool no_clobber;            // what is there stays
    bool has_time;              // or else now:
    time_t time;                // when the image is made
    // Of formats that have it in a place of its own ("configured"): complete
    // when the writer's finish() is called, and not before.
    const struct image_config *config;
};

struct image_format {
    // The first is what it is called; each may stand in front of a path, as in
    // "tar:image", and behind -i and -o. skopeo's names are among them.
    const char *names[4];
    const char *globs[8]; // of paths
    // Is it this, by what is in the file or the directory? NULL: not to be
    // told; of a directory: whatever there is no other format for.
    bool (*holds)(int fd);
    bool directory;  // and not a file
    bool tree;       // its files are files there, whose owners are real
    bool pipes;      // can be read from and written to a pipe, "-"
    bool elsewhere;  // is no file: another program has it, by a name
    bool single;     // may hold its tree in a directory of its own
    bool blocks;     // is made of blocks, whose size and order can be chosen
    bool tags;       // "PATH:TAG" is one of several images in it
    bool adds;       // an image with a tag joins those that are there
    bool configured; // has the configuration elsewhere than in files below /ch
    // Has names for images instead of paths: the path of this one, the caller's
    // to free, with the storage that the user chose, or NULL. NULL after
    // failed().
    char *(*locate)(const char *storage, const char *name);
    // See to it that there is a place for what comes to be at the path, or
    // "dry": that there could be. 1: there is; 0: it would be made; -1 after
    // failed().
    int (*prepare)(const char *path, bool dry);
    // Of directories: is this an image that a new one may take the place of?
    bool (*replaceable)(int dir);
    // Add what is known of the image without reading its files to the object,
    // from a file or directory that can be sought in. 0, or -1 after failed().
    int (*describe)(const struct format_input *input, struct json *object);
    // Each NULL after failed(); NULL in the table: it can't be read, or
    // written.
    struct image_reader *(*read)(const struct format_input *input);
    struct image_writer *(*write)(const struct format_output *output);
};

// Whose files are the rows: format_NAME.c.
extern const struct image_format format_squash, format_sif, format_tar,
    format_dir, format_oci, format_oci_archive, format_docker_archive,
    format_ch_image, format_podman, format_docker, format_bundle;

// Of rows whose way others go, too.
struct image_reader *format_read_dir(const struct format_input *input);
struct image_writer *format_write_dir(const struct format_output *output);
struct image_writer *format_write_squash(const struct format_output *output);
struct image_writer *format_write_docker_archive(
    const struct format_output *output);

// A place where an image is, or comes to be.
struct format_place {
    const struct image_format *format;
    char *path;          // "-": standard input or output
    char *tag;           // or NULL
    const char *storage; // where images by name are, or NULL: the usual place;
                         // to be set before format_find()
};

// What the user means by an operand: by the name that he gives ("-i", "-o"; or
// NULL), by a name in front of the path, by what an input holds, by the path's
// form, by what is there, or by a name in the storage. "is_input" is for
// messages, too. 0, or -1 after failed(); the place is to be freed in any case.
int format_find(const char *operand, const char *name, bool is_input,
                struct format_place *place);

void format_place_free(struct format_place *place);

// What to compress by: the codec asked for, else "usual"; and the level. NULL
// after failed(): not one of those in the list, which ends with NULL.
const struct codec *format_codec(const struct format_output *output,
                                 const char *const *allowed, const char *usual,
                                 int *level);
