// seen.h - the names that the layers of an image have had so far.
//
// Layers are read newest first, so what a layer says of a name holds for the
// older ones, which come later: a file hides what they have by that name and
// below it, a directory hides their entry for the directory alone, a whiteout
// hides all, an opaque one what is below (OCI image-spec, layer.md). An "age"
// counts the layers from the newest, which has age 0.
// SPDX-License-Identifier: MIT
#pragma once

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { NEVER = -1 };

// The two oldest layers that did something; of what older layers think of it,
// the last that is not the layer itself is what matters.
struct ages {
    int last, before; // or NEVER
};

struct wish; // links.h

struct name {
    struct name *parent; // NULL: the root
    struct name *next;   // of the same bucket
    struct ages hidden;  // the entry of this name
    struct ages emptied; // all below it
    int implied;         // the first layer with something below it, or NEVER
    int listed;          // the last layer with an entry of this name
    bool is_dir;         // that one
    char *target;        // of that one, if it is a symbolic link
    struct name *same;   // what that one is a further name of, or itself

    // What layer_links.c knows of it.
    struct name *shown_as; // where it is in the image, or NULL
    bool again;            // it will be, by a second look at the layer
    struct wish *wishes;   // of others that want to be further names of it
    struct wish *wish;     // its own

    uint32_t hash;
    char text[];
};

struct seen;

struct seen *seen_new(void); // NULL after failed()
void seen_free(struct seen *seen);
struct name *seen_root(struct seen *seen);

// The name of a clean path in the layer of that age. Its parents may be
// symbolic links of the same layer, which are followed; those of other layers
// are not, as a runtime that stacks layers does not see them when it unpacks
// one. NULL after failed().
struct name *seen_find(struct seen *seen, const char *path, int age);

// The layer has something by this name: its parents are directories in it.
void seen_imply(struct name *name, int age);

void ages_note(struct ages *ages, int age);

// Has something newer than "age" (and, if "from" is not NEVER, older than
// "from") hidden the entry of this name?
bool seen_is_hidden(const struct name *name, int from, int age);

// Its clean path. 0, or -1 after failed().
int seen_path(const struct name *name, char path[PATH_MAX]);
