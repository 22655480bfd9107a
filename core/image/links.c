// links.c - files of several names, told by a tree's reader.
// SPDX-License-Identifier: MIT
#include "core/image/links.h"

#include <errno.h>
#include <search.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"
#include "core/base/str.h"

// Names in /dev and outside of it are apart, as one of two may be left out
// (devices.h).
struct linked {
    dev_t device;
    ino_t ino;
    bool in_dev;
    char *path; // its first
};

static int compare(const void *a, const void *b)
{
    const struct linked *one = a, *other = b;

    if (one->ino != other->ino)
        return one->ino > other->ino ? 1 : -1;
    if (one->in_dev != other->in_dev)
        return one->in_dev ? 1 : -1;
    return (one->device > other->device) - (one->device < other->device);
}

static void free_one(void *item)
{
    free(((struct linked *)item)->path);
    free(item);
}

int links_find(struct links *links, const struct stat *st, const char *path,
               const char **first)
{
    struct linked key = { .device = st->st_dev,
                          .ino = st->st_ino,
                          .in_dev = str_starts(path, "dev/") };
    struct linked **found, *added;

    *first = NULL;
    // archives have no sockets that could be linked to
    if (S_ISDIR(st->st_mode) || S_ISSOCK(st->st_mode) || st->st_nlink < 2)
        return 0;
    found = tfind(&key, &links->tree, compare);
    if (found != NULL) {
        *first = (*found)->path;
        return 0;
    }
    added = malloc(sizeof *added);
    if (added == NULL)
        return failed(errno, "can't list hard links");
    *added = key;
    added->path = strdup(path);
    if (added->path == NULL || tsearch(added, &links->tree, compare) == NULL) {
        free_one(added);
        return failed(ENOMEM, "can't list hard links");
    }
    return 0;
}

void links_free(struct links *links)
{
    while (links->tree != NULL) {
        struct linked *item = *(struct linked **)links->tree;

        tdelete(item, &links->tree, compare);
        free_one(item);
    }
}
