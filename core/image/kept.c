// kept.c - files that are not brought, kept for other names of theirs.
// SPDX-License-Identifier: MIT
#include "core/image/kept.h"

#include <errno.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/arena.h"
#include "core/base/err.h"
#include "core/image/file_read.h"
#include "core/image/spool.h"

enum { ALIGNED = 4096 }; // data in the spool: so holes stay holes

#define SPOOL_MAX ((uint64_t)1 << 60) // bytes; an offset has 63 bits

struct kept_file {
    struct image_entry entry;
    const char *shown_as; // the name that was brought, or NULL
};

// A name of a file.
struct kept_name {
    const char *path; // first: names are compared as pointers to it
    struct kept_file *file;
};

struct kept {
    struct arena arena; // all texts, names and files
    void *names;        // by tsearch(3)
    int spool;
    uint64_t end; // of what is in the spool
};

// To the spool and from there.
struct moving_sink {
    struct image_sink sink; // first: a sink is cast to this
    struct image_sink *outer;
    int spool;
    uint64_t base; // of the file's data there
};

static int compare(const void *a, const void *b)
{
    const char *const *one = a, *const *other = b;

    return strcmp(*one, *other);
}

static struct kept_file *find(const struct kept *kept, const char *path)
{
    struct kept_name **found = tfind(&path, &kept->names, compare);

    return found != NULL ? (*found)->file : NULL;
}

static void *copy_of(struct kept *kept, const void *bytes, size_t size)
{
    void *copy = arena_take(&kept->arena, 1, size + 1);

    memcpy(copy, bytes, size);
    return copy;
}

static char *copy_text(struct kept *kept, const char *text)
{
    return text != NULL ? copy_of(kept, text, strlen(text)) : NULL;
}

// --- the data

static int put_to_spool(struct image_sink *sink,
                        const struct image_chunk *chunk)
{
    const struct moving_sink *to = (struct moving_sink *)sink;
    const char *bytes = chunk->bytes;

    for (size_t done = 0; done < chunk->size;) {
        ssize_t n = pwrite(to->spool, bytes + done, chunk->size - done,
                           (off_t)(to->base + chunk->offset + done));

        if (n < 0 && errno != EINTR)
            return failed(errno, "can't write a temporary file: set $TMPDIR "
                                 "to where there is room");
        done += n > 0 ? (size_t)n : 0;
    }
    return 0;
}

static int put_from_spool(struct image_sink *sink,
                          const struct image_chunk *chunk)
{
    const struct moving_sink *to = (struct moving_sink *)sink;
    struct image_chunk moved = *chunk;

    moved.offset -= to->base;
    return to->outer->put(to->outer, &moved);
}

static int keep_data(struct kept *kept, struct image_reader *reader,
                     struct image_entry *entry)
{
    struct image_part all = { .id = entry->id, .size = entry->size };
    struct moving_sink to = { .sink = { put_to_spool }, .base = kept->end };

    if (kept->spool < 0)
        kept->spool = spool_file();
    if (kept->spool < 0)
        return -1;
    if (entry->size > SPOOL_MAX - kept->end)
        return failed(EFBIG, "can't keep /%s, which may have other names",
                      entry->path);
    to.spool = kept->spool;
    if (reader->ops->data(reader, &all, &to.sink) < 0)
        return -1;
    kept->end += (entry->size + ALIGNED - 1) / ALIGNED * ALIGNED;
    // a hole at its end is there, too
    if (ftruncate(kept->spool, (off_t)kept->end) < 0)
        return failed(errno, "can't keep /%s, which may have other names",
                      entry->path);
    entry->id = KEPT_ID | to.base;
    entry->sparse = true;
    return 0;
}

// --- the files

static void keep_xattrs(struct kept *kept, struct image_entry *entry)
{
    struct image_xattr *xattrs =
        arena_take(&kept->arena, entry->xattr_count + 1, sizeof *xattrs);

    for (size_t i = 0; i < entry->xattr_count; i++) {
        const struct image_xattr *from = &entry->xattrs[i];

        xattrs[i].name = copy_text(kept, from->name);
        xattrs[i].value = copy_of(kept, from->value, from->size);
        xattrs[i].size = from->size;
    }
    entry->xattrs = xattrs;
}

// The file of an entry, which may be a further name of one that is kept, or of
// one that was brought. NULL after failed().
static struct kept_file *file_of(struct kept *kept, struct image_reader *reader,
                                 const struct image_entry *entry)
{
    struct kept_file *file =
        entry->same_as != NULL ? find(kept, entry->same_as) : NULL;

    if (file != NULL)
        return file;
    file = arena_take(&kept->arena, 1, sizeof *file);
    file->shown_as = copy_text(kept, entry->same_as);
    if (entry->same_as != NULL)
        return file;
    file->entry = *entry;
    file->entry.target = copy_text(kept, entry->target);
    keep_xattrs(kept, &file->entry);
    if (S_ISREG(entry->mode) && entry->size > 0 && !reader->parts &&
        keep_data(kept, reader, &file->entry) < 0)
        return NULL;
    return file;
}

int kept_put(struct kept *kept, struct image_reader *reader,
             const struct image_entry *entry)
{
    struct kept_name *name, **found;
    struct kept_file *file;

    if (entry->same_as == NULL && S_ISDIR(entry->mode))
        return 0;
    file = file_of(kept, reader, entry);
    if (file == NULL)
        return -1;
    name = arena_take(&kept->arena, 1, sizeof *name);
    name->path = copy_text(kept, entry->path);
    found = tsearch(name, &kept->names, compare);
    if (found == NULL)
        return failed(ENOMEM, "can't list files");
    (*found)->file = file; // the last of this name
    return 0;
}

void kept_restore(struct kept *kept, struct image_entry *entry)
{
    struct kept_file *file = find(kept, entry->same_as);
    const char *path = entry->path;

    if (file != NULL && file->shown_as != NULL) {
        entry->same_as = file->shown_as;
    } else if (file != NULL) {
        file->shown_as = copy_text(kept, path);
        *entry = file->entry;
        entry->path = path;
    }
}

int kept_data(const struct kept *kept, const struct image_part *part,
              struct image_sink *sink)
{
    struct moving_sink to = { .sink = { put_from_spool },
                              .outer = sink,
                              .base = part->id & ~KEPT_ID };
    struct image_part moved = *part;

    moved.offset += to.base;
    return file_read_part(kept->spool, true, &moved, &to.sink);
}

// --- as a whole

struct kept *kept_new(void)
{
    struct kept *kept = calloc(1, sizeof *kept);

    if (kept == NULL) {
        failed(errno, "can't list files");
        return NULL;
    }
    kept->spool = -1;
    return kept;
}

static void free_nothing(void *name)
{
    (void)name; // it is in the arena
}

void kept_free(struct kept *kept)
{
    if (kept == NULL)
        return;
    tdestroy(kept->names, free_nothing);
    arena_free(&kept->arena);
    if (kept->spool >= 0)
        close(kept->spool);
    free(kept);
}
