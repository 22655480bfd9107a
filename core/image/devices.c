// devices.c - device files, and what is below /dev, kept or left out.
// SPDX-License-Identifier: MIT
#include "core/image/devices.h"

#include <errno.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/base/err.h"
#include "core/base/str.h"

static int compare(const void *a, const void *b)
{
    return strcmp(a, b);
}

static bool is_noted(const struct devices *devices, const char *path)
{
    return devices->left != NULL &&
           tfind(path, &devices->left, compare) != NULL;
}

static int note(struct devices *devices, const char *path)
{
    char *copy;

    if (is_noted(devices, path))
        return 0;
    copy = str_dup(path);
    if (copy == NULL)
        return -1;
    if (tsearch(copy, &devices->left, compare) != NULL)
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
    node = tfind(path, &devices->left, compare);
    noted = *node;
    tdelete(path, &devices->left, compare);
    free(noted);
}

static bool is_below_dev(const char *path)
{
    return str_starts(path, "dev/");
}

static bool is_device(const struct image_entry *entry)
{
    return entry->same_as == NULL &&
           (S_ISCHR(entry->mode) || S_ISBLK(entry->mode));
}

// To a file of /dev, or a device file.
static bool is_link_to_left(const struct devices *devices,
                            const struct image_entry *entry)
{
    return entry->same_as != NULL &&
           (is_below_dev(entry->same_as) || is_noted(devices, entry->same_as));
}

bool devices_stay_out(const struct devices *devices,
                      const struct image_entry *entry)
{
    return !devices->kept &&
           (is_device(entry) || is_below_dev(entry->path) ||
            (entry->same_as != NULL && is_below_dev(entry->same_as)));
}

int devices_take(struct devices *devices, const struct image_entry *entry)
{
    if (devices->kept)
        return 1;
    if (is_device(entry) || is_link_to_left(devices, entry)) {
        devices->count++;
        return note(devices, entry->path);
    }
    if (is_below_dev(entry->path))
        return 0;
    forget(devices, entry->path);
    return 1;
}

void devices_free(struct devices *devices)
{
    tdestroy(devices->left, free);
    devices->left = NULL;
}
