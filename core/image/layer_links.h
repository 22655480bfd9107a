// layer_links.h - hard links in an image of layers, which are read newest
// first.
//
// The file that a link leads to may stand in the same layer before it, or in an
// older layer, which is read later; and its own name may be hidden by a newer
// one, so that the data are wanted under the name of the link. So a link whose
// file is still to come is a wish, and a file that was passed over is looked
// for again, in a second look at its layer, when a link wants it.
// SPDX-License-Identifier: MIT
#pragma once

#include "core/image/seen.h"

struct layer_links {
    struct wish *ready, **ready_end; // files that they wanted have been shown
    struct wish *all;                // for their memory
    struct name **again;             // files to look for
    size_t again_count, again_room;
};

void layer_links_init(struct layer_links *links);
void layer_links_free(struct layer_links *links);

// An entry that is no further name and no directory is in the layer: *as is the
// name that it is to be shown by, or NULL: none. 0, or -1 after failed().
int layer_links_file(struct layer_links *links, struct name *name, int age,
                     struct name **as);

// The same of a directory.
int layer_links_directory(struct layer_links *links, struct name *name,
                          int age);

// A further name of "target" is in the layer. 0, or -1 after failed().
int layer_links_link(struct layer_links *links, struct name *name,
                     struct name *target, int age);

// Of a file in a second look at a layer: the name that it is to be shown by, or
// NULL.
struct name *layer_links_found(struct layer_links *links, struct name *name);

// A link to be shown now, and what it leads to. False: none.
bool layer_links_next(struct layer_links *links, struct name **name,
                      struct name **target);

// Are there files to look for in the layer that was just read?
bool layer_links_want_again(const struct layer_links *links);

// That has been done.
void layer_links_forget_again(struct layer_links *links);

// All layers have been read. 0, or -1 after failed(): links that lead nowhere.
int layer_links_finish(const struct layer_links *links);
