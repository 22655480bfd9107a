// add_names.c - the names that are going to be added to an image.
// SPDX-License-Identifier: MIT
#include "core/image/add_names.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/base/err.h"
#include "core/base/str.h"

int add_names_put(struct add_names *names, const char *path, mode_t mode)
{
    struct add_name name = { .directory = S_ISDIR(mode) };

    if (names->count == names->room) {
        size_t room = names->room > 0 ? 2 * names->room : 64;
        void *more = reallocarray(names->items, room, sizeof *names->items);

        if (more == NULL)
            return failed(errno, "can't list what to add");
        names->items = more;
        names->room = room;
    }
    name.path = str_dup(path);
    if (name.path == NULL)
        return -1;
    names->items[names->count++] = name;
    names->files += S_ISREG(mode);
    return 0;
}

int add_names_put_parents(struct add_names *names, const char *path)
{
    char above[PATH_MAX];

    for (const char *at = path; (at = strchr(at, '/')) != NULL; at++) {
        size_t length = (size_t)(at - path);

        memcpy(above, path, length);
        above[length] = '\0';
        if (add_names_put(names, above, S_IFDIR) < 0)
            return -1;
    }
    return 0;
}

static int compare(const void *a, const void *b)
{
    const struct add_name *one = a, *other = b;

    return strcmp(one->path, other->path);
}

// Of one name several times, what is no directory decides.
void add_names_sort(struct add_names *names)
{
    size_t kept = 0;

    if (names->count > 1)
        qsort(names->items, names->count, sizeof *names->items, compare);
    for (size_t i = 0; i < names->count; i++) {
        struct add_name *name = &names->items[i];

        if (kept > 0 && compare(name, &names->items[kept - 1]) == 0) {
            names->items[kept - 1].directory &= name->directory;
            free(name->path);
        } else {
            names->items[kept++] = *name;
        }
    }
    names->count = kept;
}

struct add_name *add_names_find(const struct add_names *names, const char *path)
{
    size_t low = 0, high = names->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(path, names->items[middle].path);

        if (order == 0)
            return &names->items[middle];
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

// The first name above the path for which "is" holds.
static bool any_above(const struct add_names *names, const char *path,
                      bool (*is)(const struct add_name *name))
{
    char above[PATH_MAX];

    for (const char *at = path; (at = strchr(at, '/')) != NULL; at++) {
        size_t length = (size_t)(at - path);
        const struct add_name *name;

        memcpy(above, path, length);
        above[length] = '\0';
        name = add_names_find(names, above);
        if (name != NULL && is(name))
            return true;
    }
    return false;
}

static bool is_file(const struct add_name *name)
{
    return !name->directory;
}

static bool is_link(const struct add_name *name)
{
    return name->link;
}

bool add_names_below_link(const struct add_names *names, const char *path)
{
    return any_above(names, path, is_link);
}

bool add_names_hide(struct add_names *names, const struct image_entry *entry)
{
    struct add_name *name = add_names_find(names, entry->path);

    if (name == NULL)
        return any_above(names, entry->path, is_file);
    if (!name->directory || entry->same_as != NULL ||
        !(S_ISDIR(entry->mode) || S_ISLNK(entry->mode)))
        return true;
    name->there = true;
    name->link = S_ISLNK(entry->mode);
    return false;
}

void add_names_free(struct add_names *names)
{
    for (size_t i = 0; i < names->count; i++)
        free(names->items[i].path);
    free(names->items);
    *names = (struct add_names){ 0 };
}
