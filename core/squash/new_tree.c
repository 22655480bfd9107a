// new_tree.c - the directories of an image that is being written, in memory.
// SPDX-License-Identifier: MIT
#include "core/squash/new_tree.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/base/err.h"

enum {
    BUCKETS_MIN = 1024,
    LINKS_MAX = 40, // symbolic links on the way, as path_resolution(7) has it
    NAME_LENGTH_MAX = 255,
};

struct span {
    const char *name;
    size_t length;
};

// --- names by directory: one table for all, since most directories are small

__attribute__((returns_nonnull)) static struct new_bucket *find_bucket(
    const struct new_tree *tree, const struct new_node *dir, struct span name)
{
    struct digest digest = digest_of(&tree->key, name.name, name.length);
    uint64_t at = digest.half[0] + dir->dir.serial * digest.half[1];

    return &tree->buckets[(at ^ at >> 32) & (tree->bucket_count - 1)];
}

static struct new_name *find_name(const struct new_tree *tree,
                                  const struct new_node *dir, struct span key)
{
    struct new_name *name = find_bucket(tree, dir, key)->first;

    while (name != NULL && (name->parent != dir || name->length != key.length ||
                            memcmp(name->name, key.name, key.length) != 0))
        name = name->next_hash;
    return name;
}

static void hash_name(const struct new_tree *tree, struct new_name *name)
{
    struct new_bucket *bucket = find_bucket(
        tree, name->parent, (struct span){ name->name, name->length });

    name->next_hash = bucket->first;
    bucket->first = name;
}

static int grow(struct new_tree *tree)
{
    struct new_tree larger = *tree;

    larger.bucket_count =
        tree->bucket_count > 0 ? 2 * tree->bucket_count : BUCKETS_MIN;
    larger.buckets = calloc(larger.bucket_count, sizeof *larger.buckets);
    if (larger.buckets == NULL)
        return failed(errno, "can't list the files of the image");
    for (size_t i = 0; i < tree->bucket_count; i++) {
        for (struct new_name *name = tree->buckets[i].first; name != NULL;) {
            struct new_name *next = name->next_hash;

            hash_name(&larger, name);
            name = next;
        }
    }
    free(tree->buckets);
    *tree = larger;
    return 0;
}

static void link_node(struct new_name *name, struct new_node *node)
{
    name->node = node;
    node->links++;
    if (S_ISDIR(node->mode))
        name->parent->dir.subdirectories++;
}

static struct new_name *add_name(struct new_tree *tree, struct new_node *dir,
                                 struct span key)
{
    struct new_name *name;

    if (tree->name_count >= tree->bucket_count && grow(tree) < 0)
        return NULL;
    name = malloc(sizeof *name + key.length + 1);
    if (name == NULL) {
        failed(errno, "can't list the files of the image");
        return NULL;
    }
    *name = (struct new_name){ .parent = dir,
                               .next = dir->dir.names,
                               .length = key.length };
    memcpy(name->name, key.name, key.length);
    name->name[key.length] = '\0';
    dir->dir.names = name;
    hash_name(tree, name);
    tree->name_count++;
    return name;
}

// --- nodes

static void drop_target(const struct new_node *node)
{
    if (S_ISLNK(node->mode))
        free(node->target);
}

static void unlink_node(struct new_name *name);

static void unlink_all(struct new_node *dir)
{
    for (struct new_name *name = dir->dir.names; name != NULL;
         name = name->next)
        unlink_node(name);
}

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
        unlink_all(node);
    }
    // Names below a directory refer to it still.
    if (--node->links > 0 || S_ISDIR(node->mode))
        return;
    drop_target(node);
    free(node);
}

static struct new_node *new_node(const struct new_node *like)
{
    struct new_node *node = malloc(sizeof *node);

    if (node == NULL) {
        failed(errno, "can't list the files of the image");
        drop_target(like);
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
    node = new_node(like);
    if (node == NULL)
        return NULL;
    memset(&node->dir, 0, sizeof node->dir);
    node->dir.serial = tree->serials++;
    node->dir.parent = parent != NULL ? parent : node;
    node->dir.depth = parent != NULL ? parent->dir.depth + 1 : 0;
    node->dir.next = tree->dirs;
    tree->dirs = node;
    return node;
}

static struct new_node *make_dir(struct new_tree *tree, struct new_name *name)
{
    struct new_node like = { .mode = S_IFDIR | 0755,
                             .mtime = tree->mtime,
                             .xattrs = NEW_NO_XATTRS };
    struct new_node *node = new_dir(tree, name->parent, &like);

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

static bool is(struct span name, const char *what)
{
    return name.length == strlen(what) &&
           memcmp(name.name, what, name.length) == 0;
}

// One directory further.
static int step(struct new_tree *tree, struct walk *walk, struct span key,
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
    name = find_name(tree, walk->at, key);
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
        struct span key = { start, strcspn(start, "/") };
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

// The name itself; made, without a node, if there is none.
static struct new_name *find_place(struct new_tree *tree, const char *path)
{
    struct walk walk;
    struct new_name *name;
    struct span key;

    if (begin_walk(tree, &walk, path) < 0)
        return NULL;
    if (walk_to(tree, &walk) < 0) {
        failed_while("can't make %s", path);
        return NULL;
    }
    if (walk.length > NAME_LENGTH_MAX ||
        is((struct span){ walk.path, walk.length }, "..") || walk.length == 0) {
        failed(walk.length > NAME_LENGTH_MAX ? ENAMETOOLONG : EINVAL,
               "can't make %.200s", path);
        return NULL;
    }
    key = (struct span){ walk.path, walk.length };
    name = find_name(tree, walk.at, key);
    return name != NULL ? name : add_name(tree, walk.at, key);
}

// --- what others see

int new_tree_init(struct new_tree *tree, uint32_t mtime)
{
    struct new_node like = { .mode = S_IFDIR | 0755,
                             .mtime = mtime,
                             .xattrs = NEW_NO_XATTRS };

    *tree = (struct new_tree){ .mtime = mtime };
    if (digest_key_init(&tree->key) < 0 || grow(tree) < 0)
        return -1;
    tree->root = new_dir(tree, NULL, &like);
    return tree->root != NULL ? 0 : -1;
}

static void take_attributes(struct new_node *dir, const struct new_node *like)
{
    dir->mode = like->mode;
    dir->uid = like->uid;
    dir->gid = like->gid;
    dir->mtime = like->mtime;
    dir->xattrs = like->xattrs;
}

// A root that is no directory is none.
static struct new_node *put_root(struct new_tree *tree,
                                 const struct new_node *like)
{
    if (S_ISDIR(like->mode))
        take_attributes(tree->root, like);
    else
        drop_target(like);
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
    if (name == NULL) {
        drop_target(like);
        return NULL;
    }
    node = name->node;
    if (node != NULL && S_ISDIR(node->mode) && S_ISDIR(like->mode)) {
        take_attributes(node, like);
        return node;
    }
    unlink_node(name);
    node = S_ISDIR(like->mode) ? new_dir(tree, name->parent, like)
                               : new_node(like);
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
    unlink_node(name);
    node->links--;
    link_node(name, node);
    return 0;
}
