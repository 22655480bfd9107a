// mountpoint.c - mount points that the image lacks.
//
// The way to one is gone name by name, and what is missing is made at the place
// that has been reached, not where the path seems to lead: "/var/run/x", where
// /var/run is a link to /run, needs the directory /run and leaves /var alone.
// SPDX-License-Identifier: MIT
#include "core/run/mountpoint.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/fs.h"
#include "core/base/log.h"
#include "core/base/scope.h"
#include "core/base/str.h"
#include "core/kernel/mountinfo.h"

#define LINKS_MAX 40 // symbolic links on one path, as in the kernel

// How far the way to a path in the container has been gone. Too large for the
// stack, which may be limited to little more.
struct way {
    char done[PATH_MAX]; // "/a/b", no name a link or ".."; "" is the root
    char todo[PATH_MAX]; // still to go
    int links;           // followed so far
};

static int begin(struct way *w, const char *path)
{
    *w = (struct way){ 0 };
    if (strlen(path) >= sizeof w->todo)
        return failed(ENAMETOOLONG, "can't create the mount point %s", path);
    memcpy(w->todo, path, strlen(path) + 1);
    return 0;
}

// Take the first name off what is left, with the slashes around it; the name is
// "" when nothing is left. 0, or -1 after failed().
static int next_name(struct way *w, char name[NAME_MAX + 1])
{
    const char *start = w->todo + strspn(w->todo, "/");
    size_t length = strcspn(start, "/");
    const char *rest = start + length + strspn(start + length, "/");

    if (length > NAME_MAX)
        return failed(ENAMETOOLONG, "can't go to %s", w->todo);
    memcpy(name, start, length);
    name[length] = '\0';
    memmove(w->todo, rest, strlen(rest) + 1);
    return 0;
}

static void step_back(struct way *w)
{
    char *last = strrchr(w->done, '/');

    if (last != NULL)
        *last = '\0';
}

static int step_to(struct way *w, const char *name)
{
    size_t length = strlen(w->done);
    int n = snprintf(w->done + length, sizeof w->done - length, "/%s", name);

    if (n < 0 || (size_t)n >= sizeof w->done - length)
        return failed(ENAMETOOLONG, "can't create a mount point in %s",
                      w->done);
    return 0;
}

// "done" is a link: go on with what it names.
static int follow(struct way *w, int link)
{
    cleanup_free char *target = fs_readlink(link, "");
    cleanup_free char *todo = NULL;

    if (target == NULL)
        return failed(errno, "can't read the link %s of the image", w->done);
    if (++w->links > LINKS_MAX)
        return failed(ELOOP, "can't follow the link %s of the image", w->done);
    todo = str_printf("%s/%s", target, w->todo);
    if (todo == NULL)
        return -1;
    if (strlen(todo) >= sizeof w->todo)
        return failed(ENAMETOOLONG, "can't follow the link %s of the image",
                      w->done);
    memcpy(w->todo, todo, strlen(todo) + 1);
    if (target[0] == '/')
        w->done[0] = '\0';
    else
        step_back(w);
    return 0;
}

// One name further. 1: there is no such thing as "done"; 0: go on, if anything
// is left to go; -1 after failed().
static int step(const struct mountpoints *m, struct way *w)
{
    cleanup_close int fd = -1;
    char name[NAME_MAX + 1] = "";
    struct stat st;

    if (next_name(w, name) < 0)
        return -1;
    if (name[0] == '\0' || strcmp(name, ".") == 0)
        return 0;
    if (strcmp(name, "..") == 0) {
        step_back(w);
        return 0;
    }
    if (step_to(w, name) < 0)
        return -1;
    fd = fs_open_in_root(m->root, w->done, O_PATH | O_NOFOLLOW, 0);
    if (fd < 0 && errno == ENOENT)
        return 1;
    if (fd < 0 || fstat(fd, &st) < 0)
        return failed(errno, "can't open %s in the image", w->done);
    if (S_ISLNK(st.st_mode))
        return follow(w, fd);
    if (!S_ISDIR(st.st_mode) && w->todo[0] != '\0')
        return failed(ENOTDIR, "can't go through %s of the image", w->done);
    return 0;
}

// Where a bind has landed, which does not change any more. NULL: it can't be
// told, and was not needed so far.
static const char *place_of(const struct mountpoints *m, struct source *one)
{
    cleanup_free struct way *w = NULL;
    int gone;

    if (one->place != NULL)
        return one->place;
    w = malloc(sizeof *w);
    if (w == NULL)
        return NULL;
    gone = begin(w, one->target);
    while (gone == 0 && w->todo[0] != '\0')
        gone = step(m, w);
    if (gone != 0) {
        err_clear();
        return NULL;
    }
    one->place = str_dup(w->done);
    return one->place;
}

// The bind from the host that "path" lies in, or NULL: nothing must be made
// there. Of binds within each other the last one counts; a tmpfs or an image
// may be what it is.
static const struct source *bind_around(const struct mountpoints *m,
                                        const char *path)
{
    const struct source *around = NULL;

    for (size_t i = 0; i < m->bound_count; i++) {
        struct source *one = &m->bound[i];
        const char *place = one->absent ? NULL : place_of(m, one);

        if (place != NULL && str_starts(path, place) &&
            path[strlen(place)] == '/')
            around = one->path == NULL || one->image != NULL ? NULL : one;
    }
    return around;
}

static int make_entry(int dir, const char *name, bool directory)
{
    int fd;

    if (directory)
        return mkdirat(dir, name, 0755);
    fd = openat(dir, name, O_CREAT | O_EXCL | O_NOFOLLOW | O_WRONLY | O_CLOEXEC,
                0644);
    if (fd < 0)
        return -1;
    close(fd);
    return 0;
}

static bool is_kept(const struct mountpoints *m, int dir)
{
    struct stat st;

    return m->kept != 0 && dir >= 0 && fstat(dir, &st) == 0 &&
           st.st_dev == m->kept;
}

// The directory at "path", opened so that entries can be made in it: it is in a
// cover, or in an image that is to be written to. NO_COVER, or -1 after
// failed().
static int open_writable(const struct mountpoints *m, const char *path)
{
    cleanup_close int dir =
        fs_open_in_root(m->root, path[0] ? path : "/", O_PATH | O_DIRECTORY, 0);
    int fd = dir < 0 ? failed(errno, "can't open %s in the image", path)
                     : cover_open(&m->covers, dir, path);

    if (fd == NO_COVER && !is_kept(m, dir) && m->image_writable &&
        (m->image_mounts || mountinfo_id(dir) == mountinfo_id(m->root)))
        return steal_fd(&dir);
    return fd;
}

// Make the entry "name" of the directory at "path". 0, or -1 after failed().
static int make_at(struct mountpoints *m, const char *path, const char *name,
                   bool directory)
{
    cleanup_close int dir = open_writable(m, path);
    cleanup_close int covered = -1;

    if (dir >= 0 && make_entry(dir, name, directory) == 0)
        return 0;
    // not ours to write to, or it refused: then it is covered
    if (dir == -1 || cover_put(&m->covers, &m->root, path) < 0)
        return -1;
    covered = open_writable(m, path);
    if (covered < 0)
        return -1;
    if (make_entry(covered, name, directory) < 0)
        return failed(errno, "can't create the mount point %s/%s", path, name);
    return 0;
}

// The type of the file system of the directory at "path", as in statfs(2).
static long type_at(const struct mountpoints *m, const char *path)
{
    cleanup_close int dir =
        fs_open_in_root(m->root, path[0] ? path : "/", O_PATH | O_DIRECTORY, 0);
    struct statfs fs;

    return dir < 0 || fstatfs(dir, &fs) < 0 ? 0 : (long)fs.f_type;
}

// Make what is missing at "done".
static int make(struct mountpoints *m, const struct way *w, bool directory)
{
    const struct source *around = bind_around(m, w->done);
    cleanup_free char *parent = str_dup(w->done);
    char *slash;

    long type;

    if (parent == NULL)
        return -1;
    slash = strrchr(parent, '/'); // there is one: see step_to()
    *slash = '\0';
    type = type_at(m, parent);
    // nor could it be covered: what is in it comes and goes
    if (type == PROC_SUPER_MAGIC)
        return failed(0, "nothing can be made in /proc");
    if (around != NULL && type == SYSFS_MAGIC)
        return failed(0, "nothing can be made in /sys");
    if (around != NULL)
        return failed(0, "it lies in the bind of %s: make it there",
                      around->path);
    log_step("creating mount point: %s", w->done);
    return make_at(m, parent, slash + 1, directory);
}

int mountpoint_create(struct mountpoints *m, const char *target, bool directory)
{
    // not on the stack, which may be small by the caller's limit
    cleanup_free struct way *w = malloc(sizeof *w);

    if (w == NULL)
        return failed(errno, "can't create the mount point %s", target);
    if (begin(w, target) < 0)
        return -1;
    while (w->todo[0] != '\0') {
        int missing = step(m, w);

        if (missing < 0)
            return -1;
        if (missing > 0 && make(m, w, directory || w->todo[0] != '\0') < 0)
            return -1;
    }
    return 0;
}

int mountpoint_own(struct mountpoints *m, const char *target)
{
    cleanup_close int fd = fs_open_in_root(m->root, target, O_PATH, 0);

    if (fd < 0)
        return failed(errno, "can't open %s in the container", target);
    return cover_adopt(&m->covers, fd, target);
}

void mountpoint_finish(struct mountpoints *m)
{
    covers_free(&m->covers);
}
