// copy.c - the one loop between a reader and a writer.
// SPDX-License-Identifier: MIT
#include "core/image/copy.h"

#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "core/base/err.h"
#include "core/image/devices.h"

// What a kernel has bits for (MINORBITS in linux/kdev_t.h), and SquashFS, too;
// of others mknod(2) would make another device.
enum { MAJOR_MAX = (1 << 12) - 1, MINOR_MAX = (1 << 20) - 1 };

static int check_device(const struct image_entry *entry)
{
    unsigned high = major(entry->device), low = minor(entry->device);

    if (entry->same_as != NULL ||
        (!S_ISCHR(entry->mode) && !S_ISBLK(entry->mode)) ||
        (high <= MAJOR_MAX && low <= MINOR_MAX))
        return 0;
    return failed(
        0, "can't keep the device file /%s: no kernel has numbers as %u,%u",
        entry->path, high, low);
}

static int copy_all(struct image_reader *reader, struct image_writer *writer,
                    struct devices *devices, struct copied *copied)
{
    struct image_entry entry;
    int more, taken;

    while ((more = reader->ops->next(reader, &entry)) > 0) {
        taken = devices_take(devices, &entry);
        if (taken < 0)
            return -1;
        if (taken == 0)
            continue;
        if (check_device(&entry) < 0 ||
            writer->ops->put(writer, &entry, reader) < 0)
            return -1;
        copied->entries++;
    }
    return more < 0 ? -1 : writer->ops->finish(writer);
}

int image_copy(struct image_reader *reader, struct image_writer *writer,
               bool devices, struct copied *copied)
{
    struct devices kept = { .kept = devices };
    int status;

    *copied = (struct copied){ 0 };
    status = copy_all(reader, writer, &kept, copied);
    copied->devices = kept.count;
    devices_free(&kept);
    return status;
}
