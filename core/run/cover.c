// cover.c - directories of a read-only image that get further entries.
// SPDX-License-Identifier: MIT
#include "core/run/cover.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/fs.h"
#include "core/base/log.h"
#include "core/base/scope.h"
#include "core/base/str.h"
#include "core/kernel/mount.h"
#include "core/kernel/mountinfo.h"

#define NAME_ROOM 32         // bytes of "cover-N"
#define ROOT_COVER "covered" // see open_place()

struct cover {
    int mount_id;
    char *path;     // of its root in the container
    unsigned below; // N of "cover-N" in the tmpfs
    bool adopted;   // no cover of ours: written to where it is
};

static const char *shown(const char *path)
{
    return path[0] != '\0' ? path : "/";
}

// An entry of the same type, to bind the old one upon. 0, or -1 with errno.
static int make_like(int dir, const char *name, const struct stat *st)
{
    int fd;

    if (S_ISDIR(st->st_mode))
        return mkdirat(dir, name, 0755);
    fd = openat(dir, name, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0644);
    if (fd < 0)
        return -1;
    close(fd);
    return 0;
}

// The same directory as it was, to be written to, and as it will be seen.
struct sides {
    int old, below, above;
};

// Show entry "name" of the old directory in the new one. What it is is asked of
// the descriptor that is bound, as the image may change meanwhile. 0, or -1
// with errno.
static int copy_entry(const struct sides *s, const char *name)
{
    char source[FS_FD_PATH];
    cleanup_close int entry =
        openat(s->old, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    cleanup_close int target = -1;
    cleanup_free char *link = NULL;
    struct stat st;

    if (entry < 0 || fstat(entry, &st) < 0)
        return -1;
    if (S_ISLNK(st.st_mode)) {
        link = fs_readlink(entry, "");
        return link == NULL ? -1 : symlinkat(link, s->below, name);
    }
    if (make_like(s->below, name, &st) < 0)
        return -1;
    target = openat(s->above, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    return target < 0 ? -1 : mount_bind(fs_fd_path(source, entry), target);
}

static int copy_entries(DIR *old, const struct sides *s, const char *path)
{
    const struct dirent *entry;

    for (errno = 0; (entry = readdir(old)) != NULL; errno = 0) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        if (copy_entry(s, entry->d_name) < 0)
            return failed(errno, "can't keep %s/%s under a new mount point",
                          path, entry->d_name);
    }
    return errno == 0
               ? 0
               : failed(errno, "can't list %s in the image", shown(path));
}

// A new directory "name" of the tmpfs with the mode of "like". Its descriptor,
// or -1 after failed().
static int new_directory(const struct covers *c, const char *name, int like)
{
    struct stat st;
    int fd;

    if (fstat(like, &st) < 0 || mkdirat(c->scratch, name, 0700) < 0 ||
        fchmodat(c->scratch, name, st.st_mode & 07777, 0) < 0)
        return failed(errno, "can't make a directory for mount points");
    fd = openat(c->scratch, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
    return fd >= 0 ? fd
                   : failed(errno, "can't open a directory for mount points");
}

// 0, or -1 after failed().
static int remember(struct covers *c, int dir, const char *path, bool adopted)
{
    struct cover new = { .mount_id = mountinfo_id(dir),
                         .below = (unsigned)c->count,
                         .adopted = adopted };
    struct cover *more;

    if (new.mount_id < 0)
        return failed(errno, "can't tell the mount of a directory");
    new.path = str_dup(path);
    if (new.path == NULL)
        return -1;
    more = reallocarray(c->items, c->count + 1, sizeof *more);
    if (more == NULL) {
        free(new.path);
        return failed(errno, "can't add a mount point");
    }
    c->items = more;
    more[c->count++] = new;
    return 0;
}

// Where the cover of the directory "old" is mounted. The root itself can't be
// mounted upon, so its cover stands alone, on a directory of the tmpfs that is
// not the one below, or we could not get at that any more.
static int open_place(const struct covers *c, int root, const char *path)
{
    if (path[0] != '\0')
        return fs_open_in_root(root, path, O_PATH | O_DIRECTORY, 0);
    if (mkdirat(c->scratch, ROOT_COVER, 0700) < 0 && errno != EEXIST)
        return -1;
    return openat(c->scratch, ROOT_COVER, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

// Mount the new directory "below" there, and see it from above: a descriptor,
// or -1 after failed().
static int put_above(struct covers *c, int root, const char *path, int below)
{
    char source[FS_FD_PATH];
    cleanup_close int place = open_place(c, root, path);
    cleanup_close int above = -1;

    if (place < 0 || mount_bind(fs_fd_path(source, below), place) < 0)
        return failed(errno, "can't cover %s to add a mount point",
                      shown(path));
    above = open_place(c, root, path);
    if (above < 0)
        return failed(errno, "can't open the cover of %s", shown(path));
    if (!c->writable && mount_set_read_only(above, false) < 0)
        return failed(errno, "can't make the cover of %s read-only",
                      shown(path));
    return remember(c, above, path, false) < 0 ? -1 : steal_fd(&above);
}

// "old" is the descriptor of "entries".
static int cover(struct covers *c, int *root, const char *path, DIR *entries)
{
    char name[NAME_ROOM];
    struct sides s = { .old = dirfd(entries), .above = -1 };
    int status = -1;

    snprintf(name, sizeof name, "cover-%zu", c->count);
    s.below = new_directory(c, name, s.old);
    if (s.below >= 0)
        s.above = put_above(c, *root, path, s.below);
    if (s.above >= 0)
        status = copy_entries(entries, &s, path);
    if (s.below >= 0)
        close(s.below);
    if (status == 0 && path[0] == '\0') {
        close(*root);
        *root = s.above;
    } else if (s.above >= 0) {
        close(s.above);
    }
    return status;
}

int cover_put(struct covers *covers, int *root, const char *path)
{
    int old = fs_open_in_root(*root, shown(path), O_RDONLY | O_DIRECTORY, 0);
    DIR *entries = old < 0 ? NULL : fdopendir(old);
    int status;

    if (entries == NULL) {
        failed(errno, "can't list %s, which lacks a mount point", shown(path));
        if (old >= 0)
            close(old);
        return -1;
    }
    log_why("covering %s to add a mount point", shown(path));
    status = cover(covers, root, path, entries);
    closedir(entries);
    return status;
}

int cover_open(const struct covers *covers, int dir, const char *path)
{
    int id = mountinfo_id(dir);
    char below[NAME_ROOM + 1];
    cleanup_free char *way = NULL;
    int fd;

    if (id < 0)
        return failed(errno, "can't tell the mount of a directory");
    for (size_t i = 0; i < covers->count; i++) {
        const struct cover *one = &covers->items[i];

        if (one->mount_id != id)
            continue;
        snprintf(below, sizeof below, "cover-%u", one->below);
        way = one->adopted
                  ? str_dup(".")
                  : str_printf("%s%s", below, path + strlen(one->path));
        if (way == NULL)
            return -1;
        fd = openat(one->adopted ? dir : covers->scratch, way,
                    O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        return fd >= 0 ? fd : failed(errno, "can't open the cover of %s", path);
    }
    return NO_COVER;
}

int cover_adopt(struct covers *covers, int dir, const char *path)
{
    return remember(covers, dir, path, true);
}

void covers_free(struct covers *covers)
{
    for (size_t i = 0; i < covers->count; i++)
        free(covers->items[i].path);
    free(covers->items);
    covers->items = NULL;
    covers->count = 0;
}
