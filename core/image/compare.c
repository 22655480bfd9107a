// compare.c - what differs between two images.
//
// Both are sorted, so one walk over both is enough.
// SPDX-License-Identifier: MIT
#include "core/image/compare.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/base/err.h"
#include "core/base/scope.h"
#include "core/base/str.h"

// The names that files have in both images: of each, by its number, the first.
struct firsts {
    char **paths;
    size_t count;
};

struct walk {
    const struct comparison *how;
    struct difference_sink *sink;
    struct firsts in_a, in_b;
    struct inventory_item a, b;
};

static int firsts_init(struct firsts *firsts, const struct inventory *inventory)
{
    firsts->count = inventory_count(inventory);
    firsts->paths = calloc(firsts->count + 1, sizeof *firsts->paths);
    return firsts->paths != NULL ? 0 : failed(errno, "can't compare the files");
}

static void firsts_free(struct firsts *firsts)
{
    for (size_t i = 0; firsts->paths != NULL && i < firsts->count; i++)
        free(firsts->paths[i]);
    free(firsts->paths);
}

static bool is_told(const struct walk *walk, enum difference_kind kind)
{
    return (walk->how->kinds & DIFFERENCE_BIT(kind)) != 0;
}

static int tell(struct walk *walk, enum difference_kind kind)
{
    struct difference difference = { .kind = kind,
                                     .a = &walk->a,
                                     .b = &walk->b };

    if (!is_told(walk, kind))
        return 0;
    if (kind == DIFFERENCE_ADDED)
        difference.a = NULL;
    if (kind == DIFFERENCE_REMOVED)
        difference.b = NULL;
    return walk->sink->put(walk->sink, &difference);
}

// --- attributes

static bool same_mode(const struct walk *walk)
{
    mode_t a = walk->a.file->mode, b = walk->b.file->mode;
    mode_t ignored = S_ISDIR(a) ? walk->how->owner_bits : 0;

    // the permissions of a symbolic link mean nothing
    return S_ISLNK(a) || (a | ignored) == (b | ignored);
}

static bool same_owner(const struct walk *walk)
{
    return walk->a.file->uid == walk->b.file->uid &&
           walk->a.file->gid == walk->b.file->gid;
}

// As SquashFS has them.
static int64_t limited(int64_t seconds)
{
    if (seconds < 0)
        return 0;
    return seconds > UINT32_MAX ? UINT32_MAX : seconds;
}

static bool same_time(const struct walk *walk)
{
    const struct timespec *a = &walk->a.file->mtime;
    const struct timespec *b = &walk->b.file->mtime;

    if (limited(a->tv_sec) != limited(b->tv_sec))
        return false;
    return a->tv_nsec == 0 || b->tv_nsec == 0 || a->tv_nsec == b->tv_nsec;
}

static bool same_xattrs(const struct walk *walk)
{
    return strlist_same(&walk->a.file->xattrs, &walk->b.file->xattrs);
}

static bool same_content(const struct walk *walk)
{
    return memcmp(walk->a.file->content, walk->b.file->content,
                  CONTENT_DIGEST) == 0;
}

// The first common name of the file, which this is if there was none so far.
static const char *first_name(struct firsts *firsts,
                              const struct inventory_item *item)
{
    char **first = &firsts->paths[item->number];

    if (*first == NULL)
        *first = str_dup(item->path);
    return *first;
}

// The names that the file has; *told: it was compared under another one.
static int compare_links(struct walk *walk, bool *told)
{
    struct difference difference = { .kind = DIFFERENCE_LINKS,
                                     .a = &walk->a,
                                     .b = &walk->b };

    *told = false;
    if (S_ISDIR(walk->a.file->mode))
        return 0;
    difference.first_a = first_name(&walk->in_a, &walk->a);
    difference.first_b = first_name(&walk->in_b, &walk->b);
    if (difference.first_a == NULL || difference.first_b == NULL)
        return -1;
    if (strcmp(difference.first_a, difference.first_b) == 0) {
        *told = strcmp(difference.first_a, walk->a.path) != 0;
        return 0;
    }
    return is_told(walk, DIFFERENCE_LINKS)
               ? walk->sink->put(walk->sink, &difference)
               : 0;
}

static bool is_device(const struct inventory_file *file)
{
    return S_ISCHR(file->mode) || S_ISBLK(file->mode);
}

static int compare_data(struct walk *walk)
{
    if (S_ISLNK(walk->a.file->mode))
        return strcmp(walk->a.target, walk->b.target) == 0
                   ? 0
                   : tell(walk, DIFFERENCE_TARGET);
    if (is_device(walk->a.file))
        return walk->a.file->device == walk->b.file->device
                   ? 0
                   : tell(walk, DIFFERENCE_DEVICE);
    if (!S_ISREG(walk->a.file->mode))
        return 0;
    if (walk->a.file->size != walk->b.file->size)
        return tell(walk, DIFFERENCE_SIZE);
    return same_content(walk) ? 0 : tell(walk, DIFFERENCE_CONTENT);
}

static int compare_attributes(struct walk *walk)
{
    static const struct {
        enum difference_kind kind;
        bool (*same)(const struct walk *walk);
    } attributes[] = {
        { DIFFERENCE_MODE, same_mode },
        { DIFFERENCE_OWNER, same_owner },
        { DIFFERENCE_XATTRS, same_xattrs },
        { DIFFERENCE_TIME, same_time },
    };

    for (size_t i = 0; i < sizeof attributes / sizeof *attributes; i++)
        if (!attributes[i].same(walk) && tell(walk, attributes[i].kind) < 0)
            return -1;
    return 0;
}

static int compare_files(struct walk *walk)
{
    bool told;

    if ((walk->a.file->mode & S_IFMT) != (walk->b.file->mode & S_IFMT))
        return tell(walk, DIFFERENCE_TYPE);
    if (walk->a.file->implied || walk->b.file->implied)
        return 0;
    if (compare_links(walk, &told) < 0)
        return -1;
    if (told)
        return 0;
    if (compare_data(walk) < 0)
        return -1;
    return compare_attributes(walk);
}

// --- the walk

static bool is_compared(const struct comparison *how,
                        const struct inventory_item *item)
{
    return !S_ISSOCK(item->file->mode) &&
           (how->devices || !is_device(item->file));
}

static bool step(const struct comparison *how, struct inventory *inventory,
                 struct inventory_item *item)
{
    do {
        if (!inventory_next(inventory, item))
            return false;
    } while (!is_compared(how, item));
    return true;
}

static int walk_both(struct walk *walk, struct inventory *a,
                     struct inventory *b)
{
    bool more_a = step(walk->how, a, &walk->a);
    bool more_b = step(walk->how, b, &walk->b);
    int status = 0;

    while (status == 0 && (more_a || more_b)) {
        int order = more_a && more_b
                        ? inventory_compare(walk->a.path, walk->b.path)
                        : more_b - more_a;

        if (order == 0)
            status = compare_files(walk);
        else
            status =
                tell(walk, order < 0 ? DIFFERENCE_REMOVED : DIFFERENCE_ADDED);
        if (order <= 0)
            more_a = step(walk->how, a, &walk->a);
        if (order >= 0)
            more_b = step(walk->how, b, &walk->b);
    }
    return status;
}

int inventory_differences(struct inventory *a, struct inventory *b,
                          const struct comparison *how,
                          struct difference_sink *sink)
{
    struct walk walk = { .how = how, .sink = sink };
    int status = -1;

    inventory_rewind(a);
    inventory_rewind(b);
    if (firsts_init(&walk.in_a, a) == 0 && firsts_init(&walk.in_b, b) == 0)
        status = walk_both(&walk, a, b);
    firsts_free(&walk.in_a);
    firsts_free(&walk.in_b);
    return status;
}
