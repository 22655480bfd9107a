// copy.c - the one loop between a reader and a writer.
// SPDX-License-Identifier: MIT
#include "core/image/copy.h"

#include <sys/stat.h>

#include "core/base/str.h"

static bool is_below_dev(const char *path)
{
    return str_starts(path, "dev/");
}

// Hard links to what is left out count as such.
static bool is_device(const struct image_entry *entry)
{
    if (entry->same_as != NULL)
        return is_below_dev(entry->same_as);
    return S_ISCHR(entry->mode) || S_ISBLK(entry->mode);
}

bool copy_leaves_out(const struct image_entry *entry)
{
    return is_device(entry) || is_below_dev(entry->path);
}

int image_copy(struct image_reader *reader, struct image_writer *writer,
               struct copied *copied)
{
    struct image_entry entry;
    int more;

    *copied = (struct copied){ 0 };
    while ((more = reader->ops->next(reader, &entry)) > 0) {
        if (is_device(&entry)) {
            copied->devices++;
            continue;
        }
        if (is_below_dev(entry.path))
            continue;
        if (writer->ops->put(writer, &entry, reader) < 0)
            return -1;
        copied->entries++;
    }
    return more < 0 ? -1 : writer->ops->finish(writer);
}
