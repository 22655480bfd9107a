// new_tree.h - the directories of an image that is being written, in memory.
//
// Entries come in any order: an archive may name a file before its directory,
// or twice. So the tree is kept whole, without the data, until all have come;
// a file takes some hundred bytes.
//
// As when unpacking (core/image/dir_write.h), each path is resolved within the
// tree: an entry below a symbolic link goes where the link leads. A later entry
// takes the place of an earlier one of its name; a directory keeps what it has.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/squash/pool.h"

enum {
    NEW_DEPTH_MAX = 2048, // of directories: longer paths can't be named
    NEW_NEAR_MAX = 512,   // bytes
};

#define NEW_NO_XATTRS UINT32_MAX // as the format has it
#define NEW_NO_PLACE UINT64_MAX

struct data_file;

// A name that need not end in a null byte.
struct new_span {
    const char *name;
    size_t length;
};

struct new_name {
    struct new_span key;   // first: the index compares these
    struct new_name *next; // in the directory; sorted by new_tree_sort()
    struct new_node *parent;
    struct new_node *node;
    char name[];
};

struct new_node {
    mode_t mode; // type and permissions
    uid_t uid;
    gid_t gid;
    uint32_t mtime;  // seconds since 1970, as much as the format has
    uint32_t xattrs; // or another number of the caller's: not looked at here
    uint32_t device; // major and minor, as the format has them
    uint32_t links;  // names
    uint32_t number; // see new_tree_number()
    uint64_t place;  // of the inode in the image, or NEW_NO_PLACE
    union {
        struct data_file *file; // NULL: empty
        char *target;           // in the tree's pool
        struct {
            struct new_name *names;
            void *index;             // of the names, by tsearch(3)
            struct new_node *parent; // the root's is itself
            struct new_node *next;   // of all, those too that are gone
            void *inode;             // inodes.c: made, not written
            uint32_t subdirectories;
            uint32_t depth;
            bool unnamed; // made for what is in it
        } dir;
    };
};

struct new_near {
    size_t length;
    char path[NEW_NEAR_MAX]; // longer ones are found anew
};

struct new_tree {
    struct new_node *root;
    struct new_node *dirs;
    struct pool pool; // names, nodes, targets: those too that are gone
    uint32_t mtime;   // of directories that no entry named, in the end
    // The directory of the entry before, which mostly is that of the next one;
    // NULL when its path may lead elsewhere by now.
    struct new_node *near;
    struct new_near near_path;
};

// 0, or -1 after failed().
int new_tree_init(struct new_tree *tree, uint32_t mtime);
void new_tree_free(struct new_tree *tree);

// A copy that lives as long as the tree. NULL after failed().
char *new_tree_text(struct new_tree *tree, const char *text);

// Put a node that "like" describes at the path; its union is taken over, but
// for a directory's. NULL after failed().
struct new_node *new_tree_put(struct new_tree *tree, const char *path,
                              const struct new_node *like);

// What is at the path, links followed, also the last; NULL if nothing is.
struct new_node *new_tree_find(const struct new_tree *tree, const char *path);

// A name of the directory itself, or NULL.
struct new_name *new_name_find(const struct new_node *dir, struct new_span key);

// A further name for what is at the other path. 0, or -1 after failed().
int new_tree_link(struct new_tree *tree, const char *path, const char *same_as);

// All have come: sort the names of each directory by bytes, drop those that are
// gone, give the tree's time to directories that no entry named, and number the
// nodes from 1 on, those of a directory one after another. After that nothing
// can be put. How many nodes there are; 0 after failed().
uint32_t new_tree_sort(struct new_tree *tree);
