// single.c - an archive that holds its tree in one directory of its own.
// SPDX-License-Identifier: MIT
#include "core/image/single.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/base/err.h"
#include "core/base/log.h"
#include "core/image/tree.h"

struct single_reader {
    struct image_reader reader; // first: a reader is cast to this
    struct image_reader *inner;
    struct image_reader *again; // NULL: there is none, or it is used up
    bool decided;
    char name[PATH_MAX]; // of the directory; "": there is none
    size_t length;
};

// The first name of the entry's path. What only tells of the root is no entry.
// False if it can't be a single directory.
static bool first_name(const struct image_entry *entry, char name[PATH_MAX])
{
    size_t length = strcspn(entry->path, "/");

    memcpy(name, entry->path, length);
    name[length] = '\0';
    if (entry->path[length] == '\0' &&
        (entry->same_as != NULL || !S_ISDIR(entry->mode)))
        return false;
    return !tree_is_root_name(name);
}

static bool is_below(const struct single_reader *single, const char *path)
{
    return strncmp(path, single->name, single->length) == 0 &&
           (path[single->length] == '\0' || path[single->length] == '/');
}

// Look through all of the archive for another name. 0, or -1 after failed().
static int look_through(struct single_reader *single)
{
    struct image_entry entry;
    int more;

    while ((more = single->again->ops->next(single->again, &entry)) > 0) {
        if (entry.path[0] == '\0' || is_below(single, entry.path))
            continue;
        single->name[0] = '\0';
        break;
    }
    image_reader_close(&single->again);
    return more < 0 ? -1 : 0;
}

static int decide(struct single_reader *single, const struct image_entry *entry)
{
    single->decided = true;
    if (!first_name(entry, single->name)) {
        single->name[0] = '\0';
        return 0;
    }
    single->length = strlen(single->name);
    if (single->again != NULL && look_through(single) < 0)
        return -1;
    if (single->name[0] != '\0')
        log_step("all of it is below %s/, which is left out", single->name);
    return 0;
}

static const char *lift(const struct single_reader *single, const char *path)
{
    path += single->length;
    return path + (path[0] == '/');
}

static int lift_entry(const struct single_reader *single,
                      struct image_entry *entry)
{
    if (!is_below(single, entry->path))
        return failed(0,
                      "%s is not below %s/, as all so far: convert from a "
                      "file instead of a pipe",
                      entry->path, single->name);
    if (entry->same_as != NULL && !is_below(single, entry->same_as))
        return failed(0, "damaged: the hard link %s", entry->path);
    entry->path = lift(single, entry->path);
    if (entry->same_as != NULL)
        entry->same_as = lift(single, entry->same_as);
    return 1;
}

static int single_next(struct image_reader *reader, struct image_entry *entry)
{
    struct single_reader *single = (struct single_reader *)reader;
    int more = single->inner->ops->next(single->inner, entry);

    if (more <= 0)
        return more;
    if (entry->path[0] == '\0' && (!single->decided || single->name[0] != '\0'))
        return single->decided ? single_next(reader, entry) : 1;
    if (!single->decided && decide(single, entry) < 0)
        return -1;
    return single->name[0] != '\0' ? lift_entry(single, entry) : 1;
}

static int single_data(struct image_reader *reader,
                       const struct image_part *part, struct image_sink *sink)
{
    struct single_reader *single = (struct single_reader *)reader;

    return single->inner->ops->data(single->inner, part, sink);
}

static void single_close(struct image_reader *reader)
{
    struct single_reader *single = (struct single_reader *)reader;

    image_reader_close(&single->inner);
    image_reader_close(&single->again);
    free(single);
}

static const struct image_reader_ops single_ops = { single_next, single_data,
                                                    single_close };

struct image_reader *image_lift_single(struct image_reader *reader,
                                       struct image_reader *again)
{
    struct single_reader *single = calloc(1, sizeof *single);

    if (single == NULL) {
        failed(errno, "can't read an archive");
        image_reader_close(&reader);
        image_reader_close(&again);
        return NULL;
    }
    single->reader.ops = &single_ops;
    single->reader.parts = reader->parts;
    single->inner = reader;
    single->again = again;
    return &single->reader;
}
