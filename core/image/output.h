// output.h - an image that appears whole, or not at all.
//
// It is written beside its place under a name of its own, ".NAME.part-PID",
// and then renamed. While it is written it is locked; so what a killed process
// left behind can be told from what another is still writing.
// SPDX-License-Identifier: MIT
#pragma once

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

// What is no part of an image, though it may lie in the tree that is read.
struct output_files {
    struct stat made;     // is written meanwhile
    struct stat replaced; // is going to give way to it,
    const char *name;     // by this name alone; NULL: nothing is
};

struct output {
    const char *path; // as the user wrote it
    bool directory;
    // Of a directory: may one that is not empty give way, being an image?
    bool (*replaceable)(int dir);
    bool no_clobber; // what exists is not replaced
    // The rest is output_open()'s.
    int fd;     // of the new file or directory, to be written to
    int parent; // the directory that it stands in
    char name[NAME_MAX + 1];
    char part[NAME_MAX + 1]; // the name while it is written; "": none
    bool replaces;           // something is there already
};

// May the output be made there? What stands in the way is an error: whatever is
// not an image, for a directory, or no file, for a file. Fills "replaces".
// 0, or -1 after failed().
int output_check(struct output *output);

// Check, remove what others left behind of this name, and make the new one. 0,
// or -1 after failed(); then there is nothing to be closed.
int output_open(struct output *output);

// Who adds to what is at the place, and so has read it before all is put into
// place, is alone in the directory that it stands in, until that is closed: the
// others that do so wait, or the last would undo what the first has added.
// Where there are no locks nobody waits. 0, or -1 after failed(), if a signal
// came.
int output_lock(int parent, const char *path);

// Bytes that are free on its file system; 0: not known.
uint64_t output_free(const struct output *output);

// Bring it to the disk and put it into its place. 0, or -1 after failed().
int output_commit(struct output *output);

// Remove it, unless it was committed.
void output_close(struct output *output);

// Remove what killed processes left in the directory: how many, or -1 after
// failed().
int output_clean(const char *path);
