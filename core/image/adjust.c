// adjust.c - a stream with other owners, times and names, counted on its way.
// SPDX-License-Identifier: MIT
#include "core/image/adjust.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/base/err.h"
#include "core/base/stop.h"
#include "core/image/exclude.h"
#include "core/image/xattr_read.h"

struct adjust_reader {
    struct image_reader reader; // first: a reader is cast to this
    struct image_reader *inner;
    const struct adjustment *how;
    struct image_xattr *xattrs;
    size_t xattr_room;
};

// Counts what goes to another sink.
struct counting_sink {
    struct image_sink sink; // first: a sink is cast to this
    struct image_sink *outer;
    struct progress_counts *counts;
};

static int keep_xattrs(struct adjust_reader *a, struct image_entry *entry)
{
    size_t kept = 0, listed = 0, used = 0;

    if (!a->how->xattrs)
        entry->xattr_count = 0;
    if (entry->xattr_count > a->xattr_room) {
        void *more =
            reallocarray(a->xattrs, entry->xattr_count, sizeof *a->xattrs);

        if (more == NULL)
            return failed(errno, "can't read extended attributes");
        a->xattrs = more;
        a->xattr_room = entry->xattr_count;
    }
    for (size_t i = 0; i < entry->xattr_count; i++) {
        const struct image_xattr *xattr = &entry->xattrs[i];
        size_t length = strlen(xattr->name) + 1;

        if (!xattr_is_kept(xattr->name) || !xattr_fits(xattr) ||
            length > XATTR_READ_NAMES - listed ||
            xattr->size > XATTR_READ_BYTES - used)
            continue;
        a->xattrs[kept++] = *xattr;
        listed += length;
        used += xattr->size;
    }
    entry->xattrs = a->xattrs;
    entry->xattr_count = kept;
    return 0;
}

static void set_time(const struct adjustment *how, struct image_entry *entry)
{
    struct timespec *time = &entry->mtime;

    if (how->set_mtime || (how->limit_mtime &&
                           (time->tv_sec > how->mtime ||
                            (time->tv_sec == how->mtime && time->tv_nsec > 0))))
        *time = (struct timespec){ .tv_sec = how->mtime };
}

static int change(struct adjust_reader *a, struct image_entry *entry)
{
    const struct adjustment *how = a->how;

    if (how->set_owner) {
        entry->uid = how->uid;
        entry->gid = how->gid;
    }
    set_time(how, entry);
    if (budget_entry(how->budget) < 0)
        return -1;
    if (entry->same_as == NULL && S_ISREG(entry->mode) &&
        budget_data(how->budget, entry->size) < 0)
        return -1;
    how->counts->entries++;
    return keep_xattrs(a, entry) < 0 ? -1 : 1;
}

static int adjust_next(struct image_reader *reader, struct image_entry *entry)
{
    struct adjust_reader *a = (struct adjust_reader *)reader;
    const struct strlist *exclude = a->how->exclude;
    int more;

    do {
        if (stop_check() < 0)
            return -1;
        more = a->inner->ops->next(a->inner, entry);
    } while (more > 0 && exclude_matches(exclude, entry->path));
    if (more <= 0)
        return more;
    if (entry->same_as != NULL && exclude_matches(exclude, entry->same_as))
        return failed(0, "can't leave out /%s: /%s is another name of it",
                      entry->same_as, entry->path);
    return change(a, entry);
}

static int count(struct image_sink *sink, const struct image_chunk *chunk)
{
    const struct counting_sink *to = (struct counting_sink *)sink;

    if (stop_check() < 0)
        return -1;
    to->counts->bytes += chunk->size;
    return to->outer->put(to->outer, chunk);
}

static int adjust_data(struct image_reader *reader,
                       const struct image_part *part, struct image_sink *sink)
{
    struct adjust_reader *a = (struct adjust_reader *)reader;
    struct counting_sink counting = { { count }, sink, a->how->counts };

    return a->inner->ops->data(a->inner, part,
                               part->where ? sink : &counting.sink);
}

static void adjust_close(struct image_reader *reader)
{
    struct adjust_reader *a = (struct adjust_reader *)reader;

    image_reader_close(&a->inner);
    free(a->xattrs);
    free(a);
}

static const struct image_reader_ops adjust_ops = { adjust_next, adjust_data,
                                                    adjust_close };

struct image_reader *image_adjust(struct image_reader *reader,
                                  const struct adjustment *adjustment)
{
    struct adjust_reader *a = calloc(1, sizeof *a);

    if (a == NULL) {
        failed(errno, "can't read an image");
        image_reader_close(&reader);
        return NULL;
    }
    a->reader =
        (struct image_reader){ .ops = &adjust_ops, .parts = reader->parts };
    a->inner = reader;
    a->how = adjustment;
    return &a->reader;
}
