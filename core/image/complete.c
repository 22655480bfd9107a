// complete.c - a stream with all that a container needs in its image.
//
// A read-only image can't be given a mount point later. What is there stays as
// it is, also a symbolic link, which leads somewhere in the container only.
// SPDX-License-Identifier: MIT
#include "core/image/complete.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/base/err.h"
#include "core/image/devices.h"
#include "core/image/layout.h"

#define DIRECTORY (S_IFDIR | 0755)
#define EMPTY_FILE (S_IFREG | 0644)

// Charliecloud's list, and what of it images are told by: bin, dev, usr. A
// directory stands before what is in it.
static const struct {
    const char *path;
    mode_t mode;
} points[] = {
    { "", DIRECTORY },
    { "bin", DIRECTORY },
    { "ch", DIRECTORY },
    { "ch/environment", EMPTY_FILE },
    { "dev", DIRECTORY },
    { "etc", DIRECTORY },
    { "etc/group", EMPTY_FILE },
    { "etc/hosts", EMPTY_FILE },
    { "etc/passwd", EMPTY_FILE },
    { "etc/resolv.conf", EMPTY_FILE },
    { "mnt", DIRECTORY },
    { "mnt/0", DIRECTORY },
    { "mnt/1", DIRECTORY },
    { "mnt/2", DIRECTORY },
    { "mnt/3", DIRECTORY },
    { "mnt/4", DIRECTORY },
    { "mnt/5", DIRECTORY },
    { "mnt/6", DIRECTORY },
    { "mnt/7", DIRECTORY },
    { "mnt/8", DIRECTORY },
    { "mnt/9", DIRECTORY },
    { "proc", DIRECTORY },
    { "sys", DIRECTORY },
    { "tmp", S_IFDIR | S_ISVTX | 0777 },
    { "usr", DIRECTORY },
};

enum { POINTS = sizeof points / sizeof points[0] };

struct complete_reader {
    struct image_reader reader; // first: a reader is cast to this
    struct image_reader *inner;
    enum { POINT_MISSING, POINT_DIRECTORY, POINT_OTHER } there[POINTS];
    struct layout_signs signs;
    struct devices devices;
    bool any;      // entries came that are not the root's
    bool ended;    // none comes any more
    size_t adding; // the point to look at
    struct timespec newest;
};

static void note_point(struct complete_reader *c, size_t i,
                       const struct image_entry *entry)
{
    size_t length = strlen(points[i].path);

    if (strncmp(entry->path, points[i].path, length) != 0)
        return;
    if (entry->path[length] == '\0')
        c->there[i] = entry->same_as == NULL && S_ISDIR(entry->mode)
                          ? POINT_DIRECTORY
                          : POINT_OTHER;
    else if (entry->path[length] == '/' && c->there[i] == POINT_MISSING &&
             !devices_stay_out(&c->devices, entry))
        c->there[i] = POINT_DIRECTORY; // made with what is in it
}

static void note(struct complete_reader *c, const struct image_entry *entry)
{
    const struct timespec *time = &entry->mtime;

    for (size_t i = 0; i < POINTS; i++)
        note_point(c, i, entry);
    layout_note(&c->signs, entry->path);
    if (entry->path[0] != '\0')
        c->any = true;
    if (entry->same_as != NULL || devices_stay_out(&c->devices, entry))
        return;
    if (time->tv_sec > c->newest.tv_sec ||
        (time->tv_sec == c->newest.tv_sec && time->tv_nsec > c->newest.tv_nsec))
        c->newest = *time;
}

// Can it be made? Not below what is no directory.
static bool has_parent(const struct complete_reader *c, const char *path)
{
    const char *slash = strchr(path, '/');
    size_t length = slash != NULL ? (size_t)(slash - path) : 0;

    if (slash == NULL)
        return true;
    for (size_t i = 0; i < POINTS; i++)
        if (strlen(points[i].path) == length &&
            strncmp(points[i].path, path, length) == 0)
            return c->there[i] == POINT_DIRECTORY;
    return false;
}

// The next one that is missing: 1; 0 if there are no more.
static int add(struct complete_reader *c, struct image_entry *entry)
{
    while (c->adding < POINTS) {
        size_t i = c->adding++;

        if (c->there[i] != POINT_MISSING || !has_parent(c, points[i].path))
            continue;
        if (S_ISDIR(points[i].mode))
            c->there[i] = POINT_DIRECTORY;
        *entry = (struct image_entry){ .path = points[i].path,
                                       .mode = points[i].mode,
                                       .mtime = c->newest };
        return 1;
    }
    return 0;
}

static int check(const struct complete_reader *c)
{
    const char *layout = layout_told(&c->signs);

    if (layout != NULL)
        return failed(
            0,
            "it is %s, which is made of layers, and no tree: give its "
            "format by --in-fmt",
            layout);
    return c->any ? 0 : failed(0, "nothing in it");
}

static int complete_next(struct image_reader *reader, struct image_entry *entry)
{
    struct complete_reader *c = (struct complete_reader *)reader;
    int more;

    if (c->ended)
        return add(c, entry);
    // the root is a directory, whatever an archive says
    do
        more = c->inner->ops->next(c->inner, entry);
    while (more > 0 && entry->path[0] == '\0' &&
           (entry->same_as != NULL || !S_ISDIR(entry->mode)));
    if (more > 0)
        note(c, entry);
    if (more != 0)
        return more;
    c->ended = true;
    return check(c) < 0 ? -1 : add(c, entry);
}

static int complete_data(struct image_reader *reader,
                         const struct image_part *part, struct image_sink *sink)
{
    struct complete_reader *c = (struct complete_reader *)reader;

    // as are the files that are added here
    if (part->size == 0)
        return 0;
    return c->inner->ops->data(c->inner, part, sink);
}

static void complete_close(struct image_reader *reader)
{
    struct complete_reader *c = (struct complete_reader *)reader;

    image_reader_close(&c->inner);
    free(c);
}

static const struct image_reader_ops complete_ops = { complete_next,
                                                      complete_data,
                                                      complete_close };

struct image_reader *image_complete(struct image_reader *reader, bool devices)
{
    struct complete_reader *c = calloc(1, sizeof *c);

    if (c == NULL) {
        failed(errno, "can't read an image");
        image_reader_close(&reader);
        return NULL;
    }
    c->reader =
        (struct image_reader){ .ops = &complete_ops, .parts = reader->parts };
    c->inner = reader;
    c->devices.kept = devices;
    return &c->reader;
}
