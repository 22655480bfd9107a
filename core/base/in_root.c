// in_root.c - paths as they are seen from within a directory.
//
// The functions of fs.h that resolve "in root". openat2(2) does it in one
// system call; where it is missing (Linux before 5.6, as in RHEL 8) or
// forbidden (older seccomp filters of outer containers), the path is walked
// name by name. That walk never lets the kernel follow a link or "..": links
// are read and put in front of what is left to walk, ".." takes the last name
// off the part walked and starts again at the root. So whatever others rename
// meanwhile, each step goes down from the root by one name.
// SPDX-License-Identifier: MIT
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/base/fs.h"
#include "core/base/scope.h"

#ifndef SYS_openat2
#define SYS_openat2 437 // the same on every architecture; Linux 5.6
#endif

// From linux/openat2.h, which old kernel headers lack.
#define RESOLVE_NO_MAGICLINKS 0x02
#define RESOLVE_IN_ROOT 0x10
struct how {
    uint64_t flags, mode, resolve;
};

#define LINKS_MAX 40  // symbolic links on one path, as in the kernel
#define RACES_MAX 100 // openat2 gives EAGAIN when somebody renames meanwhile

// Too large for the stack, which may be limited to little more.
struct walk {
    int root;
    int flags;
    mode_t mode;
    int dir;             // what "done" leads to
    char done[PATH_MAX]; // names walked, none of them a link or ".."
    char todo[PATH_MAX]; // still to walk
    char name[PATH_MAX]; // the name that is walked now
    char copy[PATH_MAX]; // of one of these, while it changes
    int links;           // followed so far
};

static int open_down(int dir, const char *name)
{
    return openat(dir, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

static int set_dir(struct walk *w, int fd)
{
    if (fd < 0)
        return -1;
    if (w->dir >= 0)
        close(w->dir);
    w->dir = fd;
    return 0;
}

static int start_at_root(struct walk *w)
{
    w->done[0] = '\0';
    return set_dir(w, open_down(w->root, "."));
}

// Take the last name off "done" and walk the rest anew.
static int go_up(struct walk *w)
{
    char *last = strrchr(w->done, '/');
    char *save = NULL;

    *(last != NULL ? last : w->done) = '\0';
    memcpy(w->copy, w->done, sizeof w->copy);
    if (set_dir(w, open_down(w->root, ".")) < 0)
        return -1;
    for (char *name = strtok_r(w->copy, "/", &save); name != NULL;
         name = strtok_r(NULL, "/", &save))
        if (set_dir(w, open_down(w->dir, name)) < 0)
            return -1;
    return 0;
}

static int go_down(struct walk *w, const char *name)
{
    size_t length = strlen(w->done);
    int n = snprintf(w->done + length, sizeof w->done - length, "%s%s",
                     length > 0 ? "/" : "", name);

    if (n < 0 || (size_t)n >= sizeof w->done - length) {
        errno = ENAMETOOLONG;
        return -1;
    }
    return set_dir(w, open_down(w->dir, name));
}

// The target of the link "name" comes in front of what is left.
static int follow(struct walk *w, const char *name)
{
    cleanup_free char *target = fs_readlink(w->dir, name);
    int n;

    if (target == NULL)
        return -1;
    if (++w->links > LINKS_MAX) {
        errno = ELOOP;
        return -1;
    }
    memcpy(w->copy, w->todo, sizeof w->copy);
    n = snprintf(w->todo, sizeof w->todo, "%s%s%s", target,
                 w->copy[0] != '\0' ? "/" : "", w->copy);
    if (n < 0 || (size_t)n >= sizeof w->todo) {
        errno = ENAMETOOLONG;
        return -1;
    }
    return target[0] == '/' ? start_at_root(w) : 0;
}

// Take the first name off "todo". Slashes behind it go too, if a name follows;
// else they stay as "/", which demands a directory.
static void next_name(struct walk *w)
{
    size_t start = strspn(w->todo, "/");
    size_t length = strcspn(w->todo + start, "/");
    size_t end = start + length;

    memcpy(w->name, w->todo + start, length);
    w->name[length] = '\0';
    end += strspn(w->todo + end, "/");
    if (w->todo[end] == '\0' && w->todo[start + length] == '/' && length > 0)
        end--;
    memmove(w->todo, w->todo + end, strlen(w->todo + end) + 1);
}

static bool is_link(int dir, const char *name)
{
    struct stat st;

    return fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
           S_ISLNK(st.st_mode);
}

// The last name of the path, which is no link to follow. O_PATH would open a
// link that somebody has put there since.
static int open_last(const struct walk *w, const char *name)
{
    bool want_link = (w->flags & O_NOFOLLOW) != 0;
    cleanup_close int fd =
        openat(w->dir, name, w->flags | O_NOFOLLOW | O_CLOEXEC, w->mode);
    struct stat st;

    if (fd >= 0 && !want_link && fstat(fd, &st) == 0 && S_ISLNK(st.st_mode)) {
        errno = ELOOP;
        return -1;
    }
    return steal_fd(&fd);
}

// One name further. The descriptor when it was the last, WALK_ON, or -1.
#define WALK_ON (-2)
static int step(struct walk *w)
{
    const char *name = w->name;
    bool last, slash;

    next_name(w);
    slash = strcmp(w->todo, "/") == 0;
    last = slash || w->todo[0] == '\0';
    if (strcmp(name, "..") == 0 || strcmp(name, ".") == 0 || name[0] == '\0') {
        if (name[0] == '.' && name[1] == '.' && go_up(w) < 0)
            return -1;
        return last ? openat(w->dir, ".", w->flags | O_CLOEXEC, w->mode)
                    : WALK_ON;
    }
    if (is_link(w->dir, name) &&
        (!last || slash || (w->flags & (O_NOFOLLOW | O_EXCL)) == 0))
        return follow(w, name) < 0 ? -1 : WALK_ON;
    if (last && !slash)
        return open_last(w, name);
    if (go_down(w, name) < 0)
        return -1;
    return last ? openat(w->dir, ".", w->flags | O_CLOEXEC, w->mode) : WALK_ON;
}

static int walk_in_root(int root, const char *path, int flags, mode_t mode)
{
    cleanup_free struct walk *w = malloc(sizeof *w);
    int fd = WALK_ON;
    int errnum;

    if (w == NULL)
        return -1;
    if (path[0] == '\0' || strlen(path) >= sizeof w->todo) {
        errno = path[0] == '\0' ? ENOENT : ENAMETOOLONG;
        return -1;
    }
    w->root = root;
    w->flags = flags;
    w->mode = mode;
    w->dir = -1;
    w->links = 0;
    memcpy(w->todo, path, strlen(path) + 1);
    if (start_at_root(w) < 0)
        return -1;
    while (fd == WALK_ON)
        fd = step(w);
    errnum = errno;
    close(w->dir);
    errno = errnum;
    return fd;
}

int fs_open_in_root(int root, const char *path, int flags, mode_t mode)
{
    bool creates = (flags & O_CREAT) != 0;
    struct how how = { .flags = (uint64_t)(unsigned)(flags | O_CLOEXEC),
                       .mode = creates ? mode & 07777 : 0,
                       .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS };

    for (int i = 0; i < RACES_MAX; i++) {
        long fd = syscall(SYS_openat2, root, path, &how, sizeof how);

        if (fd >= 0)
            return (int)fd;
        if (errno == ENOSYS || errno == EPERM)
            break;
        if (errno != EAGAIN && errno != EINTR)
            return -1;
    }
    return walk_in_root(root, path, flags, mode);
}

// "a/b/c" in two, at the last slash: the path of the parent, which is "." or
// "/" where there is none, and the name.
static char *parent_of(const char *path, const char **name)
{
    const char *slash = strrchr(path, '/');

    *name = slash != NULL ? slash + 1 : path;
    if (slash == NULL)
        return strdup(".");
    return slash == path ? strdup("/") : strndup(path, (size_t)(slash - path));
}

static int make_dirs(const struct fs_making *how, const char *path, int links);

// A link that leads to nothing: make what it names.
static int make_target(const struct fs_making *how, const char *parent,
                       const char *target, int links)
{
    cleanup_free char *path = NULL;

    if (links >= LINKS_MAX) {
        errno = ELOOP;
        return -1;
    }
    if (target[0] == '/')
        return make_dirs(how, target, links + 1);
    if (asprintf(&path, "%s/%s", parent, target) < 0) {
        path = NULL;
        return -1;
    }
    return make_dirs(how, path, links + 1);
}

// One directory, whose parent is there.
static int make_dir(const struct fs_making *how, const char *path, int links)
{
    cleanup_close int there =
        fs_open_in_root(how->root, path, O_PATH | O_DIRECTORY, 0);
    cleanup_close int in = -1;
    cleanup_free char *parent = NULL;
    cleanup_free char *target = NULL;
    const char *name;

    if (there >= 0)
        return 0;
    if (errno != ENOENT)
        return -1;
    parent = parent_of(path, &name);
    if (parent == NULL)
        return -1;
    in = fs_open_in_root(how->root, parent, O_PATH | O_DIRECTORY, 0);
    if (in < 0)
        return -1;
    if (mkdirat(in, name, how->mode) == 0)
        return how->made != NULL ? how->made(how, path) : 0;
    if (errno != EEXIST)
        return -1;
    target = fs_readlink(in, name);
    if (target != NULL)
        return make_target(how, parent, target, links);
    // not a link: somebody else has made it meanwhile
    there = fs_open_in_root(how->root, path, O_PATH | O_DIRECTORY, 0);
    return there < 0 ? -1 : 0;
}

static int make_dirs(const struct fs_making *how, const char *path, int links)
{
    cleanup_free char *prefix = strdup(path);
    char *end = prefix;
    char next;

    if (prefix == NULL)
        return -1;
    do {
        end += strspn(end, "/");
        end += strcspn(end, "/");
        next = *end;
        *end = '\0';
        if (make_dir(how, prefix, links) < 0)
            return -1;
        *end = next;
    } while (next != '\0');
    return 0;
}

int fs_mkdirs_in_root(int root, const char *path, mode_t mode)
{
    return make_dirs(&(struct fs_making){ root, mode, NULL }, path, 0);
}

int fs_make_dirs(const struct fs_making *how, const char *path)
{
    return make_dirs(how, path, 0);
}

bool fs_exists_in_root(int root, const char *path)
{
    cleanup_close int fd = fs_open_in_root(root, path, O_PATH, 0);

    return fd >= 0;
}
