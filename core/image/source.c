// source.c - an image that is read: opened, and as a stream of what is in it.
// SPDX-License-Identifier: MIT
#include "core/image/source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/scope.h"
#include "core/image/complete.h"
#include "core/image/single.h"

// Opened when its first entry is asked for: mostly nobody does, and what it
// would have decompressed ahead by then took time.
struct later_reader {
    struct image_reader reader; // first: a reader is cast to this
    const struct image_format *format;
    struct format_input input;
    struct image_reader *inner; // NULL: not opened yet
};

static bool is_pipe(const char *path)
{
    return strcmp(path, "-") == 0;
}

static int check(int fd, const struct format_place *place)
{
    struct stat st;

    if (fstat(fd, &st) < 0)
        return failed(errno, "can't open %s", place->path);
    if (place->format->directory && !S_ISDIR(st.st_mode))
        return failed(0, "not a directory: %s", place->path);
    if (!place->format->directory && S_ISDIR(st.st_mode))
        return failed(0, "a directory, not of format %s: %s",
                      place->format->names[0], place->path);
    return 0;
}

int source_open(struct source *source)
{
    const char *path = source->place->path;

    source->again = source->fd = -1;
    if (source->place->format->elsewhere)
        return 0;
    source->fd = is_pipe(path) ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0)
                               : open(path, O_RDONLY | O_CLOEXEC);
    if (source->fd < 0)
        return errno == ENOENT ? failed(0, "not found: %s", path)
                               : failed(errno, "can't open %s", path);
    return check(source->fd, source->place);
}

static int later_next(struct image_reader *reader, struct image_entry *entry)
{
    struct later_reader *later = (struct later_reader *)reader;

    if (later->inner == NULL)
        later->inner = later->format->read(&later->input);
    return later->inner != NULL ? later->inner->ops->next(later->inner, entry)
                                : -1;
}

static int later_data(struct image_reader *reader,
                      const struct image_part *part, struct image_sink *sink)
{
    struct later_reader *later = (struct later_reader *)reader;

    return later->inner->ops->data(later->inner, part, sink);
}

static void later_close(struct image_reader *reader)
{
    struct later_reader *later = (struct later_reader *)reader;

    image_reader_close(&later->inner);
    free(later);
}

static const struct image_reader_ops later_ops = { later_next, later_data,
                                                   later_close };

// A second reader of the same file, which has a position of its own. NULL if
// there can be none: what is not a file is read only once.
static struct image_reader *read_again(struct source *source,
                                       const struct format_input *input)
{
    struct later_reader *later;
    struct stat st;

    if (fstat(input->fd, &st) < 0 || !S_ISREG(st.st_mode) ||
        lseek(input->fd, 0, SEEK_CUR) != 0)
        return NULL;
    source->again = is_pipe(input->path)
                        ? open("/proc/self/fd/0", O_RDONLY | O_CLOEXEC)
                        : open(input->path, O_RDONLY | O_CLOEXEC);
    later = source->again >= 0 ? calloc(1, sizeof *later) : NULL;
    if (later == NULL)
        return NULL;
    later->reader.ops = &later_ops;
    later->format = source->place->format;
    later->input = *input;
    later->input.fd = source->again;
    return &later->reader;
}

struct image_reader *source_read(struct source *source)
{
    const struct image_format *format = source->place->format;
    struct format_input input = { .fd = source->fd,
                                  .path = source->place->path,
                                  .tag = source->place->tag,
                                  .platform = source->platform,
                                  .xattrs = source->xattrs,
                                  .exclude = source->exclude,
                                  .output = source->output,
                                  .counts = source->counts };
    struct image_reader *again =
        format->single ? read_again(source, &input) : NULL;
    struct image_reader *reader = format->read(&input);

    if (reader != NULL && format->single)
        reader = image_lift_single(reader, again);
    else
        image_reader_close(&again);
    if (reader != NULL && source->add != NULL)
        reader = image_add(reader, source->add, source->output, source->xattrs);
    return reader != NULL && !source->as_is
               ? image_complete(reader, source->devices)
               : reader;
}

void source_close(struct source *source)
{
    scope_close(&source->fd);
    scope_close(&source->again);
    source->fd = source->again = -1;
}
