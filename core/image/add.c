// add.c - files of the host that are put into an image on its way.
//
// They come last: so a directory that the image has is there already, and a
// path that leads through a symbolic link of the image's goes where it leads.
// SPDX-License-Identifier: MIT
#include "core/image/add.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/scope.h"
#include "core/image/add_names.h"
#include "core/image/dir_read.h"
#include "core/image/file_read.h"
#include "core/image/kept.h"

#define ADDED (1ULL << 63) // in the id of an entry; no reader of ours sets it

// An addition that is open.
struct added {
    const struct addition *what;
    int fd;
    struct image_reader *reader; // NULL: a symbolic link
    struct stat st;
};

// What the id of an added file stands for.
struct added_file {
    struct image_reader *reader;
    uint64_t id;
};

struct add_reader {
    struct image_reader reader; // first: a reader is cast to this
    struct image_reader *inner;
    struct add_names names;
    struct kept *kept; // what the image has by these
    const struct output_files *output;
    struct added *added;
    size_t count;
    struct added_file *files; // as many as there are names of files
    size_t file_count;
    bool ended;     // the image has no more entries
    size_t adding;  // the addition that is brought,
    size_t parents; // of whose path so many bytes have been looked at
    char path[PATH_MAX];
    char same_as[PATH_MAX];
};

// --- opening

// 0, or -1 after failed().
static int open_source(struct added *added)
{
    const char *source = added->what->source;

    if (source == NULL)
        return 0;
    // a FIFO would make us wait
    added->fd = open(source, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (added->fd < 0 || fstat(added->fd, &added->st) < 0)
        return failed(errno, "can't add %s", source);
    if (!S_ISREG(added->st.st_mode) && !S_ISDIR(added->st.st_mode))
        return failed(0, "can't add %s: neither a file nor a directory",
                      source);
    return 0;
}

static struct image_reader *read_source(const struct add_reader *a,
                                        const struct added *added, bool xattrs)
{
    // what is excluded is so by its path in the image: adjust.h
    static const struct strlist none;
    struct dir_read_options options = { .xattrs = xattrs,
                                        .exclude = &none,
                                        .output = a->output };

    return S_ISDIR(added->st.st_mode) ? image_read_dir(added->fd, &options)
                                      : image_read_file(added->fd);
}

static int join(char into[PATH_MAX], const char *above, const char *path)
{
    const char *slash = above[0] != '\0' && path[0] != '\0' ? "/" : "";
    int length = snprintf(into, PATH_MAX, "%s%s%s", above, slash, path);

    return length < PATH_MAX ? 0 : failed(ENAMETOOLONG, "can't add /%s", above);
}

static int note_names(struct add_reader *a, const struct added *added)
{
    cleanup_reader struct image_reader *reader = NULL;
    struct image_entry entry;
    int more;

    if (add_names_put_parents(&a->names, added->what->path) < 0)
        return -1;
    if (added->what->source == NULL)
        return add_names_put(&a->names, added->what->path, S_IFLNK);
    reader = read_source(a, added, false);
    if (reader == NULL)
        return -1;
    while ((more = reader->ops->next(reader, &entry)) > 0)
        if (join(a->path, added->what->path, entry.path) < 0 ||
            add_names_put(&a->names, a->path, entry.mode) < 0)
            return -1;
    return more < 0 ? failed_while("can't add %s", added->what->source) : 0;
}

static int open_one(struct add_reader *a, const struct addition *what,
                    bool xattrs)
{
    struct added *added = &a->added[a->count++];

    *added = (struct added){ .what = what, .fd = -1 };
    if (open_source(added) < 0 || note_names(a, added) < 0)
        return -1;
    if (what->source == NULL)
        return 0;
    added->reader = read_source(a, added, xattrs);
    return added->reader == NULL ? -1 : 0;
}

static int open_all(struct add_reader *a, const struct additions *list,
                    bool xattrs)
{
    a->added = calloc(list->count, sizeof *a->added);
    if (a->added == NULL)
        return failed(errno, "can't add files");
    for (size_t i = 0; i < list->count; i++)
        if (open_one(a, &list->items[i], xattrs) < 0)
            return -1;
    a->files = calloc(a->names.files + 1, sizeof *a->files);
    if (a->files == NULL)
        return failed(errno, "can't add files");
    add_names_sort(&a->names);
    return 0;
}

// --- what is added

// The next directory above the addition that is missing: 1; 0 if there is none.
static int bring_parent(struct add_reader *a, const struct added *added,
                        struct image_entry *entry)
{
    const char *path = added->what->path;
    const char *slash;

    while ((slash = strchr(path + a->parents, '/')) != NULL) {
        size_t length = (size_t)(slash - path);
        struct add_name *name;

        a->parents = length + 1;
        memcpy(a->path, path, length);
        a->path[length] = '\0';
        name = add_names_find(&a->names, a->path);
        if (name == NULL || name->there ||
            add_names_below_link(&a->names, a->path))
            continue;
        name->there = true;
        *entry = (struct image_entry){ .path = a->path,
                                       .mode = S_IFDIR | 0755,
                                       .mtime = added->st.st_mtim };
        return 1;
    }
    return 0;
}

static int note_file(struct add_reader *a, const struct added *added,
                     struct image_entry *entry)
{
    if (a->file_count == a->names.files)
        return failed(0, "%s changed while it was read", added->what->source);
    a->files[a->file_count] = (struct added_file){ added->reader, entry->id };
    entry->id = ADDED | a->file_count++;
    return 0;
}

// As it is to be in the image: 1; 0 if the image has it; -1 after failed().
static int change(struct add_reader *a, const struct added *added,
                  struct image_entry *entry)
{
    struct add_name *name;

    if (join(a->path, added->what->path, entry->path) < 0 ||
        (entry->same_as != NULL &&
         join(a->same_as, added->what->path, entry->same_as) < 0))
        return -1;
    entry->path = a->path;
    if (entry->same_as != NULL) {
        entry->same_as = a->same_as;
        return 1;
    }
    name = add_names_find(&a->names, a->path);
    if (S_ISDIR(entry->mode) && name != NULL) {
        if (name->there)
            return 0;
        name->there = true;
    }
    entry->uid = 0;
    entry->gid = 0;
    if (added->what->program)
        entry->mode |= 0555;
    if (S_ISREG(entry->mode) && note_file(a, added, entry) < 0)
        return -1;
    return 1;
}

// The entry of a symbolic link comes once; it is as new as what came before.
static int bring_link(const struct add_reader *a, struct added *added,
                      struct image_entry *entry)
{
    if (added->st.st_mode != 0)
        return 0;
    if (added > a->added)
        added->st = (added - 1)->st;
    added->st.st_mode = S_IFLNK | 0777;
    *entry = (struct image_entry){ .path = added->what->path,
                                   .mode = added->st.st_mode,
                                   .mtime = added->st.st_mtim,
                                   .target = added->what->target };
    return 1;
}

static int bring(struct add_reader *a, struct added *added,
                 struct image_entry *entry)
{
    int more = bring_parent(a, added, entry);

    if (more != 0)
        return more;
    if (added->reader == NULL)
        return bring_link(a, added, entry);
    while ((more = added->reader->ops->next(added->reader, entry)) > 0) {
        int wanted = change(a, added, entry);

        if (wanted != 0)
            return wanted;
    }
    return more < 0 ? failed_while("can't add %s", added->what->source) : 0;
}

// --- as a reader

// The next entry of the image's that stays: 1; 0 at the end; -1 after failed().
static int pass(struct add_reader *a, struct image_entry *entry)
{
    int more;

    while ((more = a->inner->ops->next(a->inner, entry)) > 0) {
        if (!add_names_hide(&a->names, entry)) {
            if (entry->same_as != NULL)
                kept_restore(a->kept, entry);
            return 1;
        }
        if (kept_put(a->kept, a->inner, entry) < 0)
            return failed_while("/%s", entry->path);
    }
    a->ended = more == 0;
    return more;
}

static int add_next(struct image_reader *reader, struct image_entry *entry)
{
    struct add_reader *a = (struct add_reader *)reader;
    int more = a->ended ? 0 : pass(a, entry);

    while (more == 0 && a->adding < a->count) {
        more = bring(a, &a->added[a->adding], entry);
        if (more == 0) {
            a->adding++;
            a->parents = 0;
        }
    }
    return more;
}

static int add_data(struct image_reader *reader, const struct image_part *part,
                    struct image_sink *sink)
{
    const struct add_reader *a = (struct add_reader *)reader;
    struct image_part own = *part;
    const struct added_file *file;

    if ((part->id & KEPT_ID) != 0)
        return kept_data(a->kept, part, sink);
    if ((part->id & ADDED) == 0)
        return a->inner->ops->data(a->inner, part, sink);
    file = &a->files[part->id & ~ADDED];
    own.id = file->id;
    return file->reader->ops->data(file->reader, &own, sink);
}

static void add_close(struct image_reader *reader)
{
    struct add_reader *a = (struct add_reader *)reader;

    for (size_t i = 0; i < a->count; i++) {
        image_reader_close(&a->added[i].reader);
        if (a->added[i].fd >= 0)
            close(a->added[i].fd);
    }
    image_reader_close(&a->inner);
    add_names_free(&a->names);
    kept_free(a->kept);
    free(a->added);
    free(a->files);
    free(a);
}

static const struct image_reader_ops add_ops = { add_next, add_data,
                                                 add_close };

struct image_reader *image_add(struct image_reader *reader,
                               const struct additions *list,
                               const struct output_files *output, bool xattrs)
{
    struct add_reader *a;

    if (list->count == 0)
        return reader;
    a = calloc(1, sizeof *a);
    if (a == NULL) {
        failed(errno, "can't add files");
        image_reader_close(&reader);
        return NULL;
    }
    a->reader =
        (struct image_reader){ .ops = &add_ops, .parts = reader->parts };
    a->inner = reader;
    a->output = output;
    a->kept = kept_new();
    if (a->kept != NULL && open_all(a, list, xattrs) == 0)
        return &a->reader;
    add_close(&a->reader);
    return NULL;
}

int additions_check(const struct additions *list)
{
    for (size_t i = 0; i < list->count; i++) {
        struct added added = { .what = &list->items[i], .fd = -1 };
        int status = open_source(&added);

        if (added.fd >= 0)
            close(added.fd);
        if (status < 0)
            return -1;
    }
    return 0;
}
