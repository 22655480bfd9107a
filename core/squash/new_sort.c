// new_sort.c - the tree of an image that is being written, when it is complete.
// SPDX-License-Identifier: MIT
#include <errno.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/base/err.h"
#include "core/base/scope.h"
#include "core/squash/new_tree.h"

struct place {
    struct new_name *name;
};

static int compare(const void *a, const void *b)
{
    const struct place *one = a, *other = b;

    return strcmp(one->name->name, other->name->name);
}

static size_t drop_gone(struct new_node *dir)
{
    struct new_name **at = &dir->dir.names;
    size_t count = 0;

    while (*at != NULL) {
        struct new_name *name = *at;

        if (name->node == NULL) {
            *at = name->next;
        } else {
            at = &name->next;
            count++;
        }
    }
    return count;
}

static void keep(void *name)
{
    (void)name; // it is in the list, too
}

static void drop_index(struct new_node *dir)
{
    tdestroy(dir->dir.index, keep);
    dir->dir.index = NULL;
}

static int sort(struct new_node *dir)
{
    size_t count = drop_gone(dir), i = count;
    cleanup_free struct place *places = calloc(count + 1, sizeof *places);

    if (places == NULL)
        return failed(errno, "can't sort the files of the image");
    // The last comes first; the first first is sorted already, mostly.
    for (struct new_name *name = dir->dir.names; name != NULL;
         name = name->next)
        places[--i].name = name;
    qsort(places, count, sizeof *places, compare);
    for (i = 0; i < count; i++)
        places[i].name->next = places[i + 1].name;
    dir->dir.names = places[0].name;
    return 0;
}

// Nodes of one directory stand together, so that what lists it finds them so.
// Depth is limited, see NEW_DEPTH_MAX.
static void number(struct new_node *dir, uint32_t *last)
{
    for (struct new_name *name = dir->dir.names; name != NULL;
         name = name->next) {
        if (name->node->number == 0)
            name->node->number = ++*last;
    }
    for (struct new_name *name = dir->dir.names; name != NULL;
         name = name->next) {
        if (S_ISDIR(name->node->mode))
            number(name->node, last);
    }
}

uint32_t new_tree_sort(struct new_tree *tree)
{
    uint32_t last = 1;

    for (struct new_node *dir = tree->dirs; dir != NULL; dir = dir->dir.next) {
        drop_index(dir); // it has names that will be gone
        if (dir->dir.unnamed)
            dir->mtime = tree->mtime;
        if (sort(dir) < 0)
            return 0;
    }
    tree->root->number = 1;
    number(tree->root, &last);
    return last;
}

void new_tree_free(struct new_tree *tree)
{
    for (struct new_node *dir = tree->dirs; dir != NULL; dir = dir->dir.next) {
        drop_index(dir);
        free(dir->dir.inode);
    }
    pool_free(&tree->pool);
    *tree = (struct new_tree){ 0 };
}
