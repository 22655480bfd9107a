// dir_write.c - a stream written as files below a directory.
// SPDX-License-Identifier: MIT
#include "core/image/dir_write.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/fs.h"
#include "core/base/scope.h"
#include "core/base/str.h"
#include "core/image/acl.h"
#include "core/image/budget.h"
#include "core/image/entry_make.h"
#include "core/image/file_write.h"
#include "core/image/late.h"
#include "core/image/tree.h"

enum { UNLISTED_MODE = 0755 }; // of directories that no entry tells of

struct dir_writer {
    struct image_writer writer; // first: a writer is cast to this
    int root;
    bool whole, exact, owners; // see dir_options
    struct budget budget;
    struct file_writers *files;
    struct lates lates;
    int parent; // of the entry before, or -1
    char parent_path[PATH_MAX];
};

// Where an entry is to be made.
struct place {
    int dir; // borrowed
    const char *name;
};

static void forget_parent(struct dir_writer *w)
{
    if (w->parent >= 0)
        close(w->parent);
    w->parent = -1;
}

struct making {
    struct fs_making making; // first: it is cast to this
    struct dir_writer *writer;
};

// That it has nothing of the moment, nor of the umask.
static int note_made(const struct fs_making *making, const char *path)
{
    struct dir_writer *w = ((const struct making *)making)->writer;
    cleanup_close int fd =
        fs_open_in_root(w->root, path, O_PATH | O_DIRECTORY, 0);
    struct late late = { .mode = UNLISTED_MODE, .unlisted = true };
    struct stat st;

    if (fd < 0 || fstat(fd, &st) < 0)
        return -1;
    late.ino = st.st_ino;
    if (budget_entry(&w->budget) == 0 &&
        lates_add(&w->lates, path, &late, NULL) == 0)
        return 0;
    errno = w->budget.limit != 0 ? ENOSPC : ENOMEM;
    return -1;
}

// The directory at a path, made if it isn't there.
static int open_dir(struct dir_writer *w, const char *path)
{
    const int flags = O_PATH | O_DIRECTORY;
    const struct making how = { { w->root, UNLISTED_MODE, note_made }, w };
    int fd = fs_open_in_root(w->root, path, flags, 0);

    if (fd < 0 && errno == ENOENT && fs_make_dirs(&how.making, path) == 0)
        fd = fs_open_in_root(w->root, path, flags, 0);
    return fd;
}

// Entries mostly come directory by directory, so the last one stays open. 0, or
// -1 with errno.
static int find_place(struct dir_writer *w, const char *path,
                      struct place *place)
{
    const char *slash = strrchr(path, '/');
    size_t length = slash != NULL ? (size_t)(slash - path) : 0;

    if (slash == NULL) {
        *place = (struct place){ w->root, path };
        return 0;
    }
    if (w->parent < 0 || strncmp(w->parent_path, path, length) != 0 ||
        w->parent_path[length] != '\0') {
        forget_parent(w);
        memcpy(w->parent_path, path, length);
        w->parent_path[length] = '\0';
        w->parent = open_dir(w, w->parent_path);
    }
    *place = (struct place){ w->parent, slash + 1 };
    return w->parent < 0 ? -1 : 0;
}

// An earlier entry of this name gives way, and with it, perhaps, the directory
// that was open last.
static int clear_place(struct dir_writer *w, const struct place *at)
{
    w->parent_path[0] = '\0';
    return tree_remove(at->dir, at->name);
}

static bool is_directory(const struct place *at)
{
    struct stat st;

    return fstatat(at->dir, at->name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
           S_ISDIR(st.st_mode);
}

// 0 or a descriptor; -1 with errno.
static int make(struct dir_writer *w, const struct place *at,
                const struct image_entry *entry)
{
    int result = entry_make(at->dir, at->name, entry);

    if (result >= 0 || errno != EEXIST)
        return result;
    if (S_ISDIR(entry->mode) && is_directory(at))
        return 0;
    return clear_place(w, at) < 0 ? -1 : entry_make(at->dir, at->name, entry);
}

// Those that can't be kept are no reason not to have the file: not all file
// systems have them, and limits differ.
static void set_xattrs(const struct dir_writer *w, int fd,
                       const struct image_entry *entry)
{
    for (size_t i = 0; i < entry->xattr_count; i++) {
        const struct image_xattr *x = &entry->xattrs[i];

        // one that is set now is changed with the mode, as it should be
        if ((str_starts(x->name, "user.") ||
             (w->exact && strcmp(x->name, ACL_ACCESS_XATTR) == 0)) &&
            fsetxattr(fd, x->name, x->value, x->size, 0) < 0 &&
            errno == EOPNOTSUPP)
            break;
    }
}

static int remember(struct dir_writer *w, const struct image_entry *entry,
                    ino_t ino)
{
    struct late late = { .ino = ino,
                         .mode = (entry->mode & 07777) | (w->owners ? 0 : 0700),
                         .mtime = entry->mtime };
    const struct image_xattr *acl = NULL;

    for (size_t i = 0; i < entry->xattr_count && w->exact; i++)
        if (strcmp(entry->xattrs[i].name, ACL_DEFAULT_XATTR) == 0)
            acl = &entry->xattrs[i];
    return lates_add(&w->lates, entry->path, &late, acl);
}

static int set_owner(const struct dir_writer *w, const struct place *at,
                     const struct image_entry *entry)
{
    if (w->owners && fchownat(at->dir, at->name, entry->uid, entry->gid,
                              AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH) < 0)
        return failed(errno, "can't give /%s to owner %u:%u", entry->path,
                      (unsigned)entry->uid, (unsigned)entry->gid);
    return 0;
}

static int note_directory(struct dir_writer *w, const struct place *at,
                          const struct image_entry *entry)
{
    cleanup_close int fd = openat(
        at->dir, at->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    struct stat st;

    if (fd < 0 || fstat(fd, &st) < 0)
        return failed(errno, "can't open %s", entry->path);
    set_xattrs(w, fd, entry);
    if (set_owner(w, at, entry) < 0)
        return -1;
    return remember(w, entry, st.st_ino);
}

static int note_root(struct dir_writer *w, const struct image_entry *entry)
{
    const struct place at = { w->root, "" };

    if (!S_ISDIR(entry->mode))
        return 0;
    if (w->exact)
        set_xattrs(w, w->root, entry);
    if (set_owner(w, &at, entry) < 0)
        return -1;
    return remember(w, entry, 0);
}

static int finish_other(const struct dir_writer *w, const struct place *at,
                        const struct image_entry *entry)
{
    struct timespec times[] = { entry->mtime, entry->mtime };

    if (set_owner(w, at, entry) < 0)
        return -1;
    // the umask has had its say on FIFOs and sockets; devices have none yet
    if (w->exact && !S_ISLNK(entry->mode) &&
        fchmodat(at->dir, at->name, entry->mode & 07777, 0) < 0)
        return failed(errno, "can't set the mode of %s", entry->path);
    if (utimensat(at->dir, at->name, times, AT_SYMLINK_NOFOLLOW) < 0)
        return failed(errno, "can't set the time of %s", entry->path);
    return 0;
}

static void plan_capability(const struct image_entry *entry,
                            struct file_plan *plan)
{
    for (size_t i = 0; i < entry->xattr_count; i++) {
        const struct image_xattr *x = &entry->xattrs[i];

        if (strcmp(x->name, CAPABILITY_XATTR) == 0 &&
            x->size <= sizeof plan->capability) {
            memcpy(plan->capability, x->value, x->size);
            plan->capability_size = x->size;
        }
    }
}

static int put_file(struct dir_writer *w, int fd,
                    const struct image_entry *entry,
                    struct image_reader *reader)
{
    struct file_plan plan = { .fd = fd,
                              .id = entry->id,
                              .size = entry->size,
                              .mode =
                                  (entry->mode & 07777) | (w->exact ? 0 : 0400),
                              .mtime = entry->mtime,
                              .has_owner = w->owners,
                              .uid = entry->uid,
                              .gid = entry->gid };

    set_xattrs(w, fd, entry);
    if (w->owners)
        plan_capability(entry, &plan);
    return file_write(w->files, &plan, reader);
}

static bool is_same(const struct place *a, const struct place *b)
{
    struct stat one, other;

    return fstatat(a->dir, a->name, &one, AT_SYMLINK_NOFOLLOW) == 0 &&
           fstatat(b->dir, b->name, &other, AT_SYMLINK_NOFOLLOW) == 0 &&
           one.st_dev == other.st_dev && one.st_ino == other.st_ino;
}

static int put_link(struct dir_writer *w, const struct image_entry *entry)
{
    const char *slash = strrchr(entry->same_as, '/');
    cleanup_free char *parent = str_ndup(
        entry->same_as, slash != NULL ? (size_t)(slash - entry->same_as) : 0);
    struct place at, from;

    if (parent == NULL)
        return -1;
    cleanup_close int dir = fs_open_in_root(
        w->root, parent[0] != '\0' ? parent : ".", O_PATH | O_DIRECTORY, 0);

    from = (struct place){ dir, slash != NULL ? slash + 1 : entry->same_as };
    if (dir < 0 || find_place(w, entry->path, &at) < 0)
        return failed(errno, "can't link %s to %s", entry->path,
                      entry->same_as);
    if (is_same(&from, &at))
        return 0;
    if ((linkat(from.dir, from.name, at.dir, at.name, 0) == 0) ||
        (errno == EEXIST && clear_place(w, &at) == 0 &&
         linkat(from.dir, from.name, at.dir, at.name, 0) == 0))
        return 0;
    return failed(errno, "can't link %s to %s", entry->path, entry->same_as);
}

static int put_other(struct dir_writer *w, const struct image_entry *entry,
                     struct image_reader *reader)
{
    struct place at;
    int fd;

    fd = find_place(w, entry->path, &at) < 0 ? -1 : make(w, &at, entry);
    if (fd < 0)
        return errno == ENOSPC && w->budget.limit != 0
                   ? budget_exceeded(&w->budget)
                   : entry_make_failed(entry);
    if (S_ISDIR(entry->mode))
        return note_directory(w, &at, entry);
    if (S_ISREG(entry->mode))
        return put_file(w, fd, entry, reader);
    return finish_other(w, &at, entry);
}

static int dir_put(struct image_writer *writer, const struct image_entry *entry,
                   struct image_reader *reader)
{
    struct dir_writer *w = (struct dir_writer *)writer;

    if (budget_entry(&w->budget) < 0)
        return -1;
    if (entry->same_as != NULL)
        return put_link(w, entry);
    lates_note_time(&w->lates, &entry->mtime);
    return entry->path[0] == '\0' ? note_root(w, entry)
                                  : put_other(w, entry, reader);
}

static int dir_finish(struct image_writer *writer)
{
    struct dir_writer *w = (struct dir_writer *)writer;

    forget_parent(w);
    if (file_writers_finish(w->files) < 0)
        return -1;
    if (lates_set(&w->lates, w->root) < 0)
        return -1;
    if (!w->whole && tree_lift_single(w->root) < 0)
        return failed(errno, "can't move what the only directory holds");
    return 0;
}

static void dir_close(struct image_writer *writer)
{
    struct dir_writer *w = (struct dir_writer *)writer;

    file_writers_free(w->files);
    forget_parent(w);
    lates_free(&w->lates);
    free(w);
}

static const struct image_writer_ops dir_ops = { dir_put, dir_finish,
                                                 dir_close };

struct image_writer *image_write_dir(int dir, const struct dir_options *options)
{
    struct dir_writer *w = calloc(1, sizeof *w);

    if (w == NULL) {
        failed(errno, "can't write files");
        return NULL;
    }
    w->writer.ops = &dir_ops;
    w->root = dir;
    w->whole = options->whole || options->exact;
    w->exact = options->exact;
    w->owners = options->owners;
    w->parent = -1;
    w->budget.limit = options->limit;
    w->budget.hint = options->limit_hint;
    w->files = file_writers_new(options->threads, &w->budget);
    if (w->files != NULL)
        return &w->writer;
    free(w);
    return NULL;
}

uint64_t dir_write_used(const struct image_writer *writer)
{
    return ((const struct dir_writer *)writer)->budget.used;
}
