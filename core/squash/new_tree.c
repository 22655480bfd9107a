// new_tree.c - the directories of an image that is being written, in memory.
// SPDX-License-Identifier: MIT
#include "core/squash/new_tree.h"

#include <errno.h>
#include <limits.h>
#include <search.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/base/err.h"

enum {
    LINKS_MAX = 40, // symbolic links on the way, as path_resolution(7) has it
    NAME_LENGTH_MAX = 255,
};

// --- names: a search tree in each directory, which no names can make slow

static int compare(const void *a, const void *b)
{
    const struct new_span *one = a, *other = b;

    if (one->length != other->length)
        return one->length < other->length ? -1 : 1;
    return memcmp(one->name, other->name, one->length);
}

struct new_name *new_name_find(const struct new_node *dir, struct new_span key)
{
    void *const *found = tfind(&key, &dir->dir.index, compare);

    return found != NULL ? *found : NULL;
}

static struct new_name *add_name(struct new_tree *tree, struct new_node *dir,
                                 struct new_span key)
{
    struct new_name *name =
        pool_take(&tree->pool, sizeof *name + key.length + 1);

    if (name != NULL) {
        *name = (struct new_name){ .key = { name->name, key.length },
                                   .parent = dir,
                                   .next = dir->dir.names };
        memcpy(name->name, key.name, key.length);
        name->name[key.length] = '\0';
    }
    if (name == NULL || tsearch(name, &dir->dir.index, compare) == NULL) {
        failed(ENOMEM, "can't list the files of the image");
        return NULL;
    }
    dir->dir.names = name;
    return name;
}

static void link_node(struct new_name *name, struct new_node *node)
{
    name->node = node;
    node->links++;
    if (S_ISDIR(node->mode))
        name->parent->dir.subdirectories++;
}

// --- nodes

// The name stays, without a node, and may get another. Its depth, and so that
// of the calls here, is limited.
static void unlink_node(struct new_name *name)
{
    struct new_node *node = name->node;

    name->node = NULL;
    if (node == NULL)
        return;
    if (S_ISDIR(node->mode)) {
        name->parent->dir.subdirectories--;
        for (struct new_name *below = node->dir.names; below != NULL;
             below = below->next)
            unlink_node(below);
    }
    node->links--;
}

static struct new_node *new_node(struct new_tree *tree,
                                 const struct new_node *like)
{
    struct new_node *node = pool_take(&tree->pool, sizeof *node);

    if (node == NULL) {
        failed(errno, "can't list the files of the image");
        return NULL;
    }
    *node = *like;
    node->links = 0;
    node->number = 0;
    node->place = NEW_NO_PLACE;
    return node;
}

static struct new_node *new_dir(struct new_tree *tree, struct new_node *parent,
                                const struct new_node *like)
{
    struct new_node *node;

    if (parent != NULL && parent->dir.depth == NEW_DEPTH_MAX) {
        failed(ENAMETOOLONG, "more than %d directories in one another",
               NEW_DEPTH_MAX);
        return NULL;
    }
    node = new_node(tree, like);
    if (node == NULL)
        return NULL;
    memset(&node->dir, 0, sizeof node->dir);
    node->dir.parent = parent != NULL ? parent : node;
    node->dir.depth = parent != NULL ? parent->dir.depth + 1 : 0;
    node->dir.next = tree->dirs;
    tree->dirs = node;
    return node;
}

// A directory for what is in it; an entry of its own may come later.
static struct new_node *new_unnamed(struct new_tree *tree,
                                    struct new_node *parent)
{
    struct new_node like = { .mode = S_IFDIR | 0755, .xattrs = NEW_NO_XATTRS };
    struct new_node *node = new_dir(tree, parent, &like);

    if (node != NULL)
        node->dir.unnamed = true;
    return node;
}

static struct new_node *make_dir(struct new_tree *tree, struct new_name *name)
{
    struct new_node *node = new_unnamed(tree, name->parent);

    if (node != NULL)
        link_node(name, node);
    return node;
}

// --- paths

struct walk {
    struct new_node *at;
    char path[2 * PATH_MAX]; // what is left of it
    size_t length;
    unsigned links;
};

static int begin_walk(struct new_tree *tree, struct walk *walk,
                      const char *path)
{
    walk->at = tree->root;
    walk->links = 0;
    walk->length = strlen(path);
    if (walk->length >= sizeof walk->path)
        return failed(ENAMETOOLONG, "%.200s...", path);
    memcpy(walk->path, path, walk->length + 1);
    return 0;
}

// The rest of the path is what a link says and what came behind it.
static int follow(struct new_tree *tree, struct walk *walk, const char *target,
                  const char *rest)
{
    size_t size = strlen(rest) + 1, length = strlen(target);

    if (++walk->links > LINKS_MAX)
        return failed(ELOOP, "can't find %s", target);
    if (length + 1 + size > sizeof walk->path)
        return failed(ENAMETOOLONG, "can't follow the link to %.200s", target);
    memmove(walk->path + length + 1, rest, size);
    memcpy(walk->path, target, length);
    walk->path[length] = '/';
    if (target[0] == '/')
        walk->at = tree->root;
    return 0;
}

static bool is(struct new_span name, const char *what)
{
    return name.length == strlen(what) &&
           memcmp(name.name, what, name.length) == 0;
}

// One directory further.
static int step(struct new_tree *tree, struct walk *walk, struct new_span key,
                const char *rest)
{
    struct new_name *name;
    struct new_node *node;

    if (key.length > NAME_LENGTH_MAX)
        return failed(ENAMETOOLONG, "%.200s...", key.name);
    if (is(key, "..")) {
        walk->at = walk->at->dir.parent;
        memmove(walk->path, rest, strlen(rest) + 1);
        return 0;
    }
    name = new_name_find(walk->at, key);
    if (name == NULL)
        name = add_name(tree, walk->at, key);
    if (name == NULL)
        return -1;
    node = name->node != NULL ? name->node : make_dir(tree, name);
    if (node == NULL)
        return -1;
    if (S_ISLNK(node->mode))
        return follow(tree, walk, node->target, rest);
    if (!S_ISDIR(node->mode))
        return failed(ENOTDIR, "%s", name->name);
    walk->at = node;
    memmove(walk->path, rest, strlen(rest) + 1);
    return 0;
}

// Go to the directory that the last name of the path is in, making those that
// are missing; that name is left in walk->path.
static int walk_to(struct new_tree *tree, struct walk *walk)
{
    for (;;) {
        const char *start = walk->path + strspn(walk->path, "/");
        struct new_span key = { start, strcspn(start, "/") };
        const char *rest = start + key.length;

        rest += strspn(rest, "/");
        if (*rest == '\0') {
            memmove(walk->path, start, key.length);
            walk->path[key.length] = '\0';
            walk->length = key.length;
            return 0;
        }
        if (is(key, "."))
            memmove(walk->path, rest, strlen(rest) + 1);
        else if (step(tree, walk, key, rest) < 0)
            return -1;
    }
}

// The last name, if what is before it is as in the path before; else NULL.
static const char *skip_near(const struct new_tree *tree, const char *path)
{
    size_t length = tree->near_path.length;

    if (tree->near == NULL ||
        strncmp(path, tree->near_path.path, length) != 0 ||
        path[length] != '/' || strchr(path + length + 1, '/') != NULL)
        return NULL;
    return path + length + 1;
}

static void note_near(struct new_tree *tree, struct new_node *dir,
                      const char *path)
{
    const char *slash = strrchr(path, '/');
    size_t length = slash != NULL ? (size_t)(slash - path) : 0;

    tree->near = NULL;
    if (length == 0 || length >= sizeof tree->near_path.path)
        return;
    memcpy(tree->near_path.path, path, length);
    tree->near_path.length = length;
    tree->near = dir;
}

// Where the path's last name belongs.
static int begin_near(struct new_tree *tree, struct walk *walk,
                      const char *path)
{
    const char *rest = skip_near(tree, path);

    if (begin_walk(tree, walk, rest != NULL ? rest : path) < 0)
        return -1;
    if (rest != NULL)
        walk->at = tree->near;
    if (walk_to(tree, walk) < 0)
        return failed_while("can't make %s", path);
    if (rest == NULL)
        note_near(tree, walk->at, path);
    return 0;
}

// The name itself; made, without a node, if there is none.
static struct new_name *find_place(struct new_tree *tree, const char *path)
{
    struct walk walk;
    struct new_name *name;
    struct new_span key = { walk.path, 0 };

    if (begin_near(tree, &walk, path) < 0)
        return NULL;
    key.length = walk.length;
    if (walk.length > NAME_LENGTH_MAX || is(key, "..") || walk.length == 0) {
        failed(walk.length > NAME_LENGTH_MAX ? ENAMETOOLONG : EINVAL,
               "can't make %.200s", path);
        return NULL;
    }
    name = new_name_find(walk.at, key);
    return name != NULL ? name : add_name(tree, walk.at, key);
}

// What was at the name goes; where paths lead may change by that.
static void replace(struct new_tree *tree, struct new_name *name)
{
    if (name->node != NULL)
        tree->near = NULL;
    unlink_node(name);
}

// --- what others see

int new_tree_init(struct new_tree *tree, uint32_t mtime)
{
    *tree = (struct new_tree){ .mtime = mtime };
    tree->root = new_unnamed(tree, NULL);
    return tree->root != NULL ? 0 : -1;
}

char *new_tree_text(struct new_tree *tree, const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = pool_take(&tree->pool, size);

    if (copy != NULL)
        return memcpy(copy, text, size);
    failed(errno, "can't list the files of the image");
    return NULL;
}

static void take_attributes(struct new_node *dir, const struct new_node *like)
{
    dir->mode = like->mode;
    dir->uid = like->uid;
    dir->gid = like->gid;
    dir->mtime = like->mtime;
    dir->xattrs = like->xattrs;
    dir->dir.unnamed = false;
}

// A root that is no directory is none.
static struct new_node *put_root(struct new_tree *tree,
                                 const struct new_node *like)
{
    if (S_ISDIR(like->mode))
        take_attributes(tree->root, like);
    return tree->root;
}

struct new_node *new_tree_put(struct new_tree *tree, const char *path,
                              const struct new_node *like)
{
    struct new_name *name;
    struct new_node *node;

    if (path[0] == '\0')
        return put_root(tree, like);
    name = find_place(tree, path);
    if (name == NULL)
        return NULL;
    node = name->node;
    if (node != NULL && S_ISDIR(node->mode) && S_ISDIR(like->mode)) {
        take_attributes(node, like);
        return node;
    }
    replace(tree, name);
    node = S_ISDIR(like->mode) ? new_dir(tree, name->parent, like)
                               : new_node(tree, like);
    if (node != NULL)
        link_node(name, node);
    return node;
}

int new_tree_link(struct new_tree *tree, const char *path, const char *same_as)
{
    struct new_name *from = find_place(tree, same_as);
    struct new_name *name = from != NULL ? find_place(tree, path) : NULL;
    struct new_node *node;

    if (name == NULL)
        return -1;
    node = from->node;
    if (node == NULL || S_ISDIR(node->mode))
        return failed(node == NULL ? ENOENT : EPERM, "can't link %s to %s",
                      path, same_as);
    if (name->node == node)
        return 0;
    node->links++; // or else it may go with what it replaces
    replace(tree, name);
    node->links--;
    link_node(name, node);
    return 0;
}
