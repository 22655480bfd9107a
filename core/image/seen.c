// seen.c - the names that the layers of an image have had so far.
//
// A hash table whose key is a name and the parent's address, so that a path of
// many parts costs what its parts do, and not their sum at each level.
// SPDX-License-Identifier: MIT
#include "core/image/seen.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"

enum {
    BUCKETS_FIRST = 1 << 12,
    NAMES_MAX = 1 << 22, // some 600 MiB; large images have a tenth of them
    LINKS_MAX = 40,      // on the way, as the kernel has it
};

struct seen {
    struct name *root;
    struct name **buckets;
    size_t bucket_count; // a power of 2
    size_t count;
};

static uint32_t hash_of(const struct name *parent, const char *text,
                        size_t length)
{
    uint64_t hash = (uintptr_t)parent * 0x9e3779b97f4a7c15U; // golden ratio

    for (size_t i = 0; i < length; i++) // FNV-1a
        hash = (hash ^ (unsigned char)text[i]) * 0x100000001b3U;
    return (uint32_t)(hash ^ (hash >> 32));
}

static struct name *make(struct name *parent, const char *text, size_t length)
{
    struct name *name = calloc(1, sizeof *name + length + 1);

    if (name == NULL) {
        failed(errno, "can't list the names of layers");
        return NULL;
    }
    name->parent = parent;
    name->hidden = name->emptied = (struct ages){ NEVER, NEVER };
    name->implied = name->listed = NEVER;
    memcpy(name->text, text, length);
    return name;
}

static int grow(struct seen *seen)
{
    size_t count = 2 * seen->bucket_count;
    struct name **buckets = calloc(count, sizeof(struct name *));

    if (buckets == NULL)
        return failed(errno, "can't list the names of layers");
    for (size_t i = 0; i < seen->bucket_count; i++)
        while (seen->buckets[i] != NULL) {
            struct name *name = seen->buckets[i];

            seen->buckets[i] = name->next;
            name->next = buckets[name->hash & (count - 1)];
            buckets[name->hash & (count - 1)] = name;
        }
    free(seen->buckets);
    seen->buckets = buckets;
    seen->bucket_count = count;
    return 0;
}

static struct name *find_child(struct seen *seen, struct name *parent,
                               const char *text, size_t length)
{
    uint32_t hash = hash_of(parent, text, length);
    struct name *name = seen->buckets[hash & (seen->bucket_count - 1)];

    for (; name != NULL; name = name->next)
        if (name->hash == hash && name->parent == parent &&
            strncmp(name->text, text, length) == 0 &&
            name->text[length] == '\0')
            return name;
    if (seen->count == NAMES_MAX) {
        failed(0, "more than %d names in it", NAMES_MAX);
        return NULL;
    }
    if (seen->count >= seen->bucket_count && grow(seen) < 0)
        return NULL;
    name = make(parent, text, length);
    if (name == NULL)
        return NULL;
    name->hash = hash;
    name->next = seen->buckets[hash & (seen->bucket_count - 1)];
    seen->buckets[hash & (seen->bucket_count - 1)] = name;
    seen->count++;
    return name;
}

struct seen *seen_new(void)
{
    struct seen *seen = calloc(1, sizeof *seen);

    if (seen == NULL) {
        failed(errno, "can't list the names of layers");
        return NULL;
    }
    seen->bucket_count = BUCKETS_FIRST;
    seen->buckets = calloc(BUCKETS_FIRST, sizeof(struct name *));
    seen->root = make(NULL, "", 0);
    if (seen->buckets != NULL && seen->root != NULL)
        return seen;
    failed(ENOMEM, "can't list the names of layers");
    seen_free(seen);
    return NULL;
}

void seen_free(struct seen *seen)
{
    if (seen == NULL)
        return;
    for (size_t i = 0; seen->buckets != NULL && i < seen->bucket_count; i++)
        while (seen->buckets[i] != NULL) {
            struct name *name = seen->buckets[i];

            seen->buckets[i] = name->next;
            free(name->target);
            free(name);
        }
    free(seen->buckets);
    free(seen->root);
    free(seen);
}

struct name *seen_root(struct seen *seen)
{
    return seen->root;
}

static bool is_link(const struct name *name, int age)
{
    return name->listed == age && name->target != NULL;
}

// A walk through the parts of a path, in which links are put into the rest.
struct walk {
    char *rest; // owned, not yet walked
    char *at;   // in it
    int links;
};

// Go on with the link's target, and then with the rest of the path.
static int follow(struct walk *walk, const char *target, const char *behind)
{
    size_t size = strlen(target), rest = strlen(behind);
    char *joined;

    if (++walk->links > LINKS_MAX)
        return failed(ELOOP, "in a layer: %s", target);
    if (size + rest + 2 > PATH_MAX)
        return failed(ENAMETOOLONG, "in a layer: %.100s...", target);
    joined = malloc(size + rest + 2);
    if (joined == NULL)
        return failed(errno, "can't follow a link");
    memcpy(joined, target, size);
    joined[size] = '/';
    memcpy(joined + size + 1, behind, rest + 1);
    free(walk->rest);
    walk->rest = walk->at = joined;
    return 0;
}

// The next part's name; NULL after failed(). "name" has been reached so far.
static struct name *step(struct seen *seen, struct name *name, const char *part,
                         size_t length)
{
    if (length == 0 || (length == 1 && part[0] == '.'))
        return name;
    if (length == 2 && part[0] == '.' && part[1] == '.')
        return name->parent != NULL ? name->parent : name;
    return find_child(seen, name, part, length);
}

// 0, or -1 after failed(); *name is what was reached.
static int walk_on(struct seen *seen, struct walk *walk, int age,
                   struct name **name)
{
    const char *part = walk->at;
    size_t length = strcspn(part, "/");
    struct name *from = *name;
    bool is_last = part[length] == '\0';

    *name = step(seen, from, part, length);
    if (*name == NULL)
        return -1;
    walk->at += length + !is_last;
    if (is_last || !is_link(*name, age))
        return 0;
    if ((*name)->target[0] == '/')
        from = seen->root;
    if (follow(walk, (*name)->target, walk->at) < 0)
        return -1;
    *name = from;
    return 0;
}

struct name *seen_find(struct seen *seen, const char *path, int age)
{
    struct walk walk = { .rest = strdup(path) };
    struct name *name = seen->root;
    int status = 0;

    if (walk.rest == NULL) {
        failed(errno, "can't list the names of layers");
        return NULL;
    }
    walk.at = walk.rest;
    while (status == 0 && walk.at[0] != '\0')
        status = walk_on(seen, &walk, age, &name);
    free(walk.rest);
    return status < 0 ? NULL : name;
}

void seen_imply(struct name *name, int age)
{
    for (name = name->parent; name != NULL && name->implied == NEVER;
         name = name->parent)
        name->implied = age;
}

void ages_note(struct ages *ages, int age)
{
    if (ages->last == age)
        return;
    ages->before = ages->last;
    ages->last = age;
}

// The oldest layer newer than "age"; NEVER is less than all ages.
static int newer(const struct ages *ages, int age)
{
    return ages->last < age ? ages->last : ages->before;
}

bool seen_is_hidden(const struct name *name, int from, int age)
{
    if (newer(&name->hidden, age) > from)
        return true;
    for (name = name->parent; name != NULL; name = name->parent)
        if (newer(&name->emptied, age) > from)
            return true;
    return false;
}

int seen_path(const struct name *name, char path[PATH_MAX])
{
    size_t at = PATH_MAX - 1;

    path[at] = '\0';
    for (; name->parent != NULL; name = name->parent) {
        size_t length = strlen(name->text);

        if (length + 1 > at)
            return failed(ENAMETOOLONG, "in a layer: .../%s", name->text);
        at -= length;
        memcpy(path + at, name->text, length);
        if (name->parent->parent != NULL)
            path[--at] = '/';
    }
    memmove(path, path + at, PATH_MAX - at);
    return 0;
}
