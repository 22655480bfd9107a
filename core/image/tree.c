// tree.c - directories as wholes, below a descriptor.
//
// To remove a tree by going down takes a descriptor for each level, and an
// archive decides how many there are. So directories that are too deep are
// moved up to the top. The others are not, as on a full file system, or beyond
// a quota, things can be removed but not moved.
// SPDX-License-Identifier: MIT
#include "core/image/tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/base/scope.h"

#define TEMPORARY ".ch-" // and a number: a name for what is moved

enum { LEVELS_MAX = 32 }; // descriptors that are open at a time

// Names that the single directory of an archive does not have if it is the
// root's own.
static const char *const root_names[] = {
    "bin",  "boot", "dev",  "etc", "home", "lib", "lib64", "mnt", "opt", "proc",
    "root", "run",  "sbin", "srv", "sys",  "tmp", "usr",   "var", "ch",
};

struct removal {
    int top;       // the directory that is emptied
    uint64_t last; // temporary name given
};

static bool is_dot(const char *name)
{
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

static void scope_closedir(DIR **dir)
{
    if (*dir != NULL)
        closedir(*dir);
}

static DIR *open_entries(int dir, const char *name)
{
    int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *entries = fd >= 0 ? fdopendir(fd) : NULL;

    if (entries == NULL && fd >= 0)
        close(fd);
    return entries;
}

// As open(2), but not what is mounted there. Before Linux 5.6 no system call
// tells that.
static int open_unmounted(int dir, const char *name)
{
    struct open_how how = { .flags =
                                O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC,
                            .resolve = RESOLVE_NO_XDEV };
    int fd = (int)syscall(SYS_openat2, dir, name, &how, sizeof how);

    if (fd < 0 && (errno == ENOSYS || errno == EPERM))
        fd = openat(dir, name, (int)how.flags);
    return fd;
}

// To empty a directory takes all rights to it; its owner can give them.
static int open_to_empty(int dir, const char *name)
{
    int fd = open_unmounted(dir, name);
    struct stat st;

    if (fd < 0 && errno == EACCES &&
        fchmodat(dir, name, 0700, AT_SYMLINK_NOFOLLOW) == 0)
        fd = open_unmounted(dir, name);
    if (fd >= 0 && geteuid() != 0 && fstat(fd, &st) == 0 &&
        (st.st_mode & 0300) != 0300 && fchmod(fd, 0700) < 0) {
        close(fd);
        return -1;
    }
    return fd;
}

static DIR *open_level(int dir, const char *name)
{
    int fd = open_to_empty(dir, name);
    DIR *entries = fd >= 0 ? fdopendir(fd) : NULL;

    if (entries == NULL && fd >= 0)
        close(fd);
    return entries;
}

static bool is_full(int errnum)
{
    return errnum == ENOTEMPTY || errnum == EEXIST;
}

static int remove_entry(int dir, const char *name)
{
    struct stat st;

    if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return errno == ENOENT ? 0 : -1;
    return unlinkat(dir, name, S_ISDIR(st.st_mode) ? AT_REMOVEDIR : 0);
}

// Move an entry to the top, by a name that is free there.
static int move_up(struct removal *r, int from, const char *name)
{
    char other[32];

    do
        snprintf(other, sizeof other, TEMPORARY "%ju", (uintmax_t)r->last++);
    while (faccessat(r->top, other, F_OK, AT_SYMLINK_NOFOLLOW) == 0);
    if (renameat(from, name, r->top, other) == 0)
        return 0;
    // its ".." changes, which takes the right to write to it
    return errno == EACCES &&
                   fchmodat(from, name, 0700, AT_SYMLINK_NOFOLLOW) == 0
               ? renameat(from, name, r->top, other)
               : -1;
}

// Empty and remove a directory that is so many levels below the top.
static int remove_level(struct removal *r, int dir, const char *name,
                        unsigned level)
{
    __attribute__((cleanup(scope_closedir))) DIR *entries =
        open_level(dir, name);
    const struct dirent *entry;

    if (entries == NULL)
        return -1;
    while ((entry = readdir(entries)) != NULL) {
        int fd = dirfd(entries);

        if (is_dot(entry->d_name) || remove_entry(fd, entry->d_name) == 0)
            continue;
        if (!is_full(errno) ||
            (level < LEVELS_MAX ? remove_level(r, fd, entry->d_name, level + 1)
                                : move_up(r, fd, entry->d_name)) < 0)
            return -1;
    }
    return unlinkat(dir, name, AT_REMOVEDIR);
}

// One look through the top. 1 if something is left, or -1 with errno.
static int remove_once(struct removal *r)
{
    __attribute__((cleanup(scope_closedir))) DIR *entries =
        open_entries(r->top, ".");
    struct dirent *entry;
    int left = 0;

    if (entries == NULL)
        return -1;
    while ((entry = readdir(entries)) != NULL) {
        if (is_dot(entry->d_name) || remove_entry(r->top, entry->d_name) == 0)
            continue;
        if (!is_full(errno) || remove_level(r, r->top, entry->d_name, 1) < 0)
            return -1;
        left = 1; // what was too deep is here now, seen by this look or not
    }
    return left;
}

int tree_remove(int dir, const char *name)
{
    int left = 1;

    if (remove_entry(dir, name) == 0)
        return 0;
    if (!is_full(errno))
        return -1;
    cleanup_close int top = open_to_empty(dir, name);

    struct removal r = { .top = top };

    if (top < 0)
        return -1;
    while (left > 0)
        left = remove_once(&r);
    return left < 0 ? -1 : unlinkat(dir, name, AT_REMOVEDIR);
}

// The name of the only entry: 1; 0 if there are more or none; -1 with errno.
static int find_single(int dir, char name[NAME_MAX + 1])
{
    __attribute__((cleanup(scope_closedir))) DIR *entries =
        open_entries(dir, ".");
    struct dirent *entry;
    int count = 0;

    if (entries == NULL)
        return -1;
    while (count < 2 && (entry = readdir(entries)) != NULL)
        if (!is_dot(entry->d_name) && count++ == 0)
            snprintf(name, NAME_MAX + 1, "%s", entry->d_name);
    return count == 1;
}

static bool may_be_lifted(int dir, const char *name)
{
    struct stat st;

    return !tree_is_root_name(name) &&
           fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
           S_ISDIR(st.st_mode);
}

static int move_entries(int from, int to)
{
    __attribute__((cleanup(scope_closedir))) DIR *entries =
        open_entries(from, ".");
    struct dirent *entry;

    if (entries == NULL)
        return -1;
    while ((entry = readdir(entries)) != NULL)
        if (!is_dot(entry->d_name) &&
            renameat(from, entry->d_name, to, entry->d_name) < 0)
            return -1;
    return 0;
}

int tree_lift_single(int dir)
{
    static const char moved[] = TEMPORARY "single";
    char name[NAME_MAX + 1];
    struct stat st;
    int single = find_single(dir, name);

    if (single <= 0 || !may_be_lifted(dir, name))
        return single < 0 ? -1 : 0;
    // out of the way: it may hold an entry of its own name
    if (renameat(dir, name, dir, moved) < 0)
        return -1;
    cleanup_close int from =
        openat(dir, moved, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

    // "dir" may be a descriptor that only shows where it is
    cleanup_close int to = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (from < 0 || to < 0 || fstat(from, &st) < 0 ||
        move_entries(from, dir) < 0 || unlinkat(dir, moved, AT_REMOVEDIR) < 0 ||
        fchmod(to, st.st_mode & 07777) < 0)
        return -1;
    return futimens(to, (struct timespec[]){ st.st_mtim, st.st_mtim }) < 0 ? -1
                                                                           : 1;
}

bool tree_is_root_name(const char *name)
{
    for (size_t i = 0; i < sizeof root_names / sizeof root_names[0]; i++)
        if (strcmp(name, root_names[i]) == 0)
            return true;
    return false;
}

bool tree_is_empty(int dir)
{
    int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *entries = fd >= 0 ? fdopendir(fd) : NULL;
    int count = 0;

    if (entries == NULL && fd >= 0)
        close(fd);
    if (entries == NULL)
        return false;
    while (count < 3 && readdir(entries) != NULL)
        count++;
    closedir(entries);
    return count == 2; // "." and ".."
}
