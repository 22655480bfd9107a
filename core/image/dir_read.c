// dir_read.c - a directory, read as a stream.
//
// The names of a directory are in memory, and it stays open for those that it
// holds; below a certain depth it is found again by its path when the reader
// comes back to it, so that a deep tree does not take all descriptors. Files
// are opened when their data are asked for, which may be much later and in
// another thread.
// SPDX-License-Identifier: MIT
#include "core/image/dir_read.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/fs.h"
#include "core/base/log.h"
#include "core/base/scope.h"
#include "core/base/str.h"
#include "core/image/exclude.h"
#include "core/image/file_read.h"
#include "core/image/links.h"
#include "core/image/xattr_read.h"

enum { OPEN_MAX = 32 }; // levels that stay open

struct level {
    DIR *dir; // NULL: to be opened again
    struct strlist names;
    size_t next;
    size_t path_length; // of the directory itself
};

// What a file is known by: its path, in a list to be freed.
struct file {
    struct file *before;
    bool sparse; // see image_entry
    char path[];
};

// The id of an entry is such a file.
union id {
    uint64_t number;
    const struct file *file;
};

struct dir_reader {
    struct image_reader reader; // first: a reader is cast to this
    int root;
    struct level *levels;
    size_t depth, room;
    bool begun;
    struct links links;
    struct file *files;
    const struct strlist *exclude;
    const struct output_files *output;
    char path[PATH_MAX];
    char target[PATH_MAX];
    struct xattr_room *xattrs; // NULL: they are not wanted
};

static int fail(const struct dir_reader *dir)
{
    return failed(errno, "can't read /%s", dir->path);
}

static void close_dir(struct level *level)
{
    if (level->dir != NULL)
        closedir(level->dir);
    level->dir = NULL;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static int list_names(DIR *from, struct strlist *names)
{
    const struct dirent *found;

    while ((errno = 0, found = readdir(from)) != NULL)
        if (strcmp(found->d_name, ".") != 0 &&
            strcmp(found->d_name, "..") != 0 &&
            strlist_add(names, found->d_name) < 0)
            return -1;
    if (errno != 0)
        return -1;
    if (names->count > 1)
        qsort(names->items, names->count, sizeof *names->items, compare_names);
    return 0;
}

// The directory whose path is "path".
static int open_dir(const struct dir_reader *dir, struct level *level)
{
    int fd = fs_open_in_root(dir->root, dir->path[0] != '\0' ? dir->path : ".",
                             O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);

    level->dir = fd >= 0 ? fdopendir(fd) : NULL;
    if (level->dir == NULL && fd >= 0)
        close(fd);
    if (level->dir != NULL)
        return 0;
    fail(dir);
    return -1;
}

static int enter(struct dir_reader *dir)
{
    struct level *level;

    if (dir->depth == dir->room) {
        size_t room = dir->room > 0 ? 2 * dir->room : 32;

        level = reallocarray(dir->levels, room, sizeof *level);
        if (level == NULL)
            return fail(dir);
        dir->levels = level;
        dir->room = room;
    }
    if (dir->depth > OPEN_MAX)
        close_dir(&dir->levels[dir->depth - 1]);
    level = &dir->levels[dir->depth++];
    *level = (struct level){ .path_length = strlen(dir->path) };
    if (open_dir(dir, level) < 0)
        return -1;
    return list_names(level->dir, &level->names) < 0 ? fail(dir) : 0;
}

static void leave(struct dir_reader *dir)
{
    struct level *level = &dir->levels[--dir->depth];

    close_dir(level);
    strlist_free(&level->names);
}

static int append(struct dir_reader *dir, const struct level *level,
                  const char *name)
{
    size_t length = level->path_length;
    size_t size = strlen(name);

    if (length + 1 + size >= sizeof dir->path)
        return failed(ENAMETOOLONG, "can't read /%.200s...", dir->path);
    if (length > 0)
        dir->path[length++] = '/';
    memcpy(dir->path + length, name, size + 1);
    return 0;
}

// The next name, in *name, and its directory open: 1; 0 at the end; -1 after
// failed().
static int step(struct dir_reader *dir, const char **name)
{
    struct level *level;

    for (;;) {
        if (dir->depth == 0)
            return 0;
        level = &dir->levels[dir->depth - 1];
        dir->path[level->path_length] = '\0';
        if (level->next < level->names.count)
            break;
        leave(dir);
    }
    if (level->dir == NULL && open_dir(dir, level) < 0)
        return -1;
    *name = level->names.items[level->next++];
    return append(dir, level, *name) < 0 ? -1 : 1;
}

static int remember(struct dir_reader *dir, struct image_entry *entry)
{
    size_t size = strlen(dir->path) + 1;
    struct file *file = malloc(sizeof *file + size);

    if (file == NULL)
        return fail(dir);
    file->before = dir->files;
    file->sparse = entry->sparse;
    memcpy(file->path, dir->path, size);
    dir->files = file;
    entry->id = ((union id){ .file = file }).number;
    return 0;
}

// Of the directory that the current entry is in.
static int fd_of(const struct dir_reader *dir)
{
    return dirfd(dir->levels[dir->depth - 1].dir);
}

static int read_target(struct dir_reader *dir, const char *name,
                       struct image_entry *entry)
{
    ssize_t length =
        readlinkat(fd_of(dir), name, dir->target, sizeof dir->target - 1);

    if (length < 0)
        return fail(dir);
    dir->target[length] = '\0';
    entry->target = dir->target;
    return 0;
}

static int fill(struct dir_reader *dir, const char *name, const struct stat *st,
                struct image_entry *entry)
{
    *entry = (struct image_entry){ .path = dir->path,
                                   .mode = st->st_mode,
                                   .uid = st->st_uid,
                                   .gid = st->st_gid,
                                   .device = st->st_rdev,
                                   .mtime = st->st_mtim };
    if (links_find(&dir->links, st, dir->path, &entry->same_as) < 0)
        return -1;
    if (S_ISLNK(st->st_mode) && read_target(dir, name, entry) < 0)
        return -1;
    if (S_ISREG(st->st_mode)) {
        entry->size = (uint64_t)st->st_size;
        entry->sparse = file_is_sparse(st);
    }
    if (S_ISREG(st->st_mode) && remember(dir, entry) < 0)
        return -1;
    if (dir->xattrs != NULL && entry->same_as == NULL &&
        xattr_read(fd_of(dir), name, dir->xattrs, entry) < 0)
        return failed(errno, "can't read extended attributes of /%s",
                      dir->path);
    return 0;
}

static bool is_same(const struct stat *a, const struct stat *b)
{
    return a->st_ino == b->st_ino && a->st_dev == b->st_dev;
}

// The tree itself may be what is to be replaced.
static bool is_output(const struct dir_reader *dir, const char *name,
                      const struct stat *st)
{
    const struct output_files *output = dir->output;

    if (output == NULL || dir->path[0] == '\0')
        return false;
    return is_same(st, &output->made) ||
           (output->name != NULL && strcmp(name, output->name) == 0 &&
            is_same(st, &output->replaced));
}

static int dir_next(struct image_reader *reader, struct image_entry *entry)
{
    struct dir_reader *dir = (struct dir_reader *)reader;
    const char *name = ".";
    struct stat st;
    int more = 1;

    if (!dir->begun && enter(dir) < 0)
        return -1;
    if (dir->begun)
        do
            more = step(dir, &name);
        while (more > 0 && exclude_matches(dir->exclude, dir->path));
    dir->begun = true;
    if (more <= 0)
        return more;
    if (fstatat(fd_of(dir), name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return fail(dir);
    if (is_output(dir, name, &st)) {
        log_why("left out: /%s, which is the output", dir->path);
        return dir_next(reader, entry);
    }
    if (fill(dir, name, &st, entry) < 0)
        return -1;
    if (S_ISDIR(st.st_mode) && dir->path[0] != '\0' && enter(dir) < 0)
        return -1;
    return 1;
}

static int dir_data(struct image_reader *reader, const struct image_part *part,
                    struct image_sink *sink)
{
    const struct dir_reader *dir = (struct dir_reader *)reader;
    const struct file *file = ((union id){ .number = part->id }).file;
    // a FIFO may have taken its place: don't wait for it
    cleanup_close int fd = fs_open_in_root(
        dir->root, file->path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0);

    if (fd < 0)
        return failed(errno, "can't read /%s", file->path);
    return file_read_part(fd, file->sparse, part, sink) < 0
               ? failed_while("/%s", file->path)
               : 0;
}

static void dir_close(struct image_reader *reader)
{
    struct dir_reader *dir = (struct dir_reader *)reader;

    while (dir->depth > 0)
        leave(dir);
    while (dir->files != NULL) {
        struct file *file = dir->files;

        dir->files = file->before;
        free(file);
    }
    links_free(&dir->links);
    free(dir->levels);
    free(dir->xattrs);
    free(dir);
}

static const struct image_reader_ops dir_ops = { dir_next, dir_data,
                                                 dir_close };

struct image_reader *image_read_dir(int root,
                                    const struct dir_read_options *options)
{
    struct dir_reader *dir = calloc(1, sizeof *dir);

    if (dir == NULL) {
        failed(errno, "can't read a directory");
        return NULL;
    }
    dir->reader = (struct image_reader){ .ops = &dir_ops, .parts = true };
    dir->root = root;
    dir->exclude = options->exclude;
    dir->output = options->output;
    if (!options->xattrs)
        return &dir->reader;
    dir->xattrs = malloc(sizeof *dir->xattrs);
    if (dir->xattrs != NULL)
        return &dir->reader;
    failed(errno, "can't read a directory");
    dir_close(&dir->reader);
    return NULL;
}
