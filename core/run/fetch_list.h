// fetch_list.h - which files of an image are to be fetched before anybody asks.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdbool.h>

#define FETCH_AUTO "auto" // by the list that there is, if any
#define FETCH_SUFFIX ".prefetch"

struct fetch_list {
    char *text; // paths, a line each, or NULL
    bool own;   // the image's own list, if it has one
};

// "wanted" is the name of a file, FETCH_AUTO, or NULL; with FETCH_AUTO, the
// list is the file beside the image with FETCH_SUFFIX behind its name, or else
// the image's own. 0, or -1 after failed().
int fetch_list_read(struct fetch_list *list, const char *wanted,
                    const char *image);

void fetch_list_free(struct fetch_list *list);
