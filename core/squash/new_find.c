// new_find.c - what is at a path of a tree that is being written.
//
// Unlike putting (new_tree.c), looking makes no directories on its way.
// SPDX-License-Identifier: MIT
#include <string.h>
#include <sys/stat.h>

#include "core/base/scope.h"
#include "core/base/str.h"
#include "core/squash/new_tree.h"

enum { LINKS_MAX = 40 }; // on the way, as path_resolution(7) has it

// What name of the directory leads to; NULL if it is not there.
static struct new_node *look_up(struct new_node *dir, struct new_span key)
{
    const struct new_name *name;

    if (key.length == 0 || (key.length == 1 && key.name[0] == '.'))
        return dir;
    if (key.length == 2 && memcmp(key.name, "..", 2) == 0)
        return dir->dir.parent;
    name = new_name_find(dir, key);
    return name != NULL ? name->node : NULL;
}

// From a directory on.
static struct new_node *find(const struct new_tree *tree, struct new_node *at,
                             const char *path, unsigned links)
{
    while (*path != '\0') {
        struct new_span key = { path, strcspn(path, "/") };
        struct new_node *node = look_up(at, key);

        path += key.length;
        path += strspn(path, "/");
        if (node == NULL)
            return NULL;
        if (S_ISLNK(node->mode)) {
            cleanup_free char *rest = str_printf("%s/%s", node->target, path);

            if (rest == NULL || links == LINKS_MAX)
                return NULL;
            return find(tree, rest[0] == '/' ? tree->root : at, rest,
                        links + 1);
        }
        if (!S_ISDIR(node->mode))
            return *path == '\0' ? node : NULL;
        at = node;
    }
    return at;
}

struct new_node *new_tree_find(const struct new_tree *tree, const char *path)
{
    return find(tree, tree->root, path, 0);
}
