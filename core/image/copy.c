// copy.c - the one loop between a reader and a writer.
// SPDX-License-Identifier: MIT
#include "core/image/copy.h"

#include <errno.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/base/err.h"
#include "core/base/str.h"

// Paths of devices outside of /dev, by tsearch(3): hard links to them are left
// out, too.
struct devices {
    void *paths;
};

static int compare(const void *a, const void *b)
{
    return strcmp(a, b);
}

static bool is_noted(const struct devices *devices, const char *path)
{
    return devices->paths != NULL &&
           tfind(path, &devices->paths, compare) != NULL;
}

static int note(struct devices *devices, const char *path)
{
    char *copy;

    if (is_noted(devices, path))
        return 0;
    copy = str_dup(path);
    if (copy == NULL)
        return -1;
    if (tsearch(copy, &devices->paths, compare) != NULL)
        return 0;
    free(copy);
    return failed(errno, "can't list devices");
}

// Another file has this path now.
static void forget(struct devices *devices, const char *path)
{
    char **node;
    char *noted;

    if (!is_noted(devices, path))
        return;
    node = tfind(path, &devices->paths, compare);
    noted = *node;
    tdelete(path, &devices->paths, compare);
    free(noted);
}

static bool is_below_dev(const char *path)
{
    return str_starts(path, "dev/");
}

static bool is_device(const struct image_entry *entry)
{
    if (entry->same_as != NULL)
        return is_below_dev(entry->same_as);
    return S_ISCHR(entry->mode) || S_ISBLK(entry->mode);
}

static int copy_all(struct image_reader *reader, struct image_writer *writer,
                    struct devices *devices, struct copied *copied)
{
    struct image_entry entry;
    int more;

    while ((more = reader->ops->next(reader, &entry)) > 0) {
        if (is_device(&entry) ||
            (entry.same_as != NULL && is_noted(devices, entry.same_as))) {
            copied->devices++;
            if (note(devices, entry.path) < 0)
                return -1;
            continue;
        }
        if (is_below_dev(entry.path))
            continue;
        forget(devices, entry.path);
        if (writer->ops->put(writer, &entry, reader) < 0)
            return -1;
        copied->entries++;
    }
    return more < 0 ? -1 : writer->ops->finish(writer);
}

bool copy_leaves_out(const struct image_entry *entry)
{
    return is_device(entry) || is_below_dev(entry->path);
}

int image_copy(struct image_reader *reader, struct image_writer *writer,
               struct copied *copied)
{
    struct devices devices = { NULL };
    int status;

    *copied = (struct copied){ 0 };
    status = copy_all(reader, writer, &devices, copied);
    tdestroy(devices.paths, free);
    return status;
}
