// jail_mount_place.c - where a mount of a container goes.
//
// A destination is opened within the root and mounted upon by its descriptor,
// so nobody can put a link in its place meanwhile.
// SPDX-License-Identifier: MIT
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "core/base/err.h"
#include "core/base/fs.h"
#include "core/base/scope.h"
#include "core/base/str.h"
#include "core/kernel/mount_shown.h"
#include "core/run/jail_mounting.h"

// proc and sysfs are trusted by name later on; a link in the image could lead
// there to a directory of its choice (CVE-2019-19921, CVE-2023-27561).
static bool must_be_real(const struct jail_mounting *j)
{
    return strcmp(j->type, "proc") == 0 || strcmp(j->type, "sysfs") == 0;
}

// Of the source, followed or not.
static int stat_source(const struct jail_mounting *j, struct stat *st)
{
    int fd = jail_mapped_source(j);

    if (fd >= 0)
        return fstat(fd, st);
    return j->words.source_no_follow ? lstat(j->source, st)
                                     : stat(j->source, st);
}

static bool is_for_directory(const struct jail_mounting *j)
{
    struct stat st = { .st_mode = S_IFDIR };

    return j->source == NULL || !j->words.bind || stat_source(j, &st) < 0 ||
           S_ISDIR(st.st_mode);
}

// A file, which a link is, too, may be mounted upon one (dest-nofollow), but
// for those of /proc, which are no files of the image.
static bool may_cover_link(const struct jail_mounting *j)
{
    return !must_be_real(j) && j->words.bind && !is_for_directory(j) &&
           !str_starts(j->mount->destination, "/proc/");
}

static int check_real(const struct jail_mounting *j, int fd)
{
    struct stat st;

    if (!must_be_real(j) && !j->words.target_no_follow)
        return 0;
    if (fstat(fd, &st) < 0)
        return failed(errno, "can't stat %s", j->mount->destination);
    if (S_ISLNK(st.st_mode) && !may_cover_link(j))
        return failed(0,
                      "refusing to mount %s at %s, which is a link: it must be "
                      "mounted on ordinary directory",
                      j->type, j->mount->destination);
    return 0;
}

// A descriptor of the destination, made if it is missing; -1 after failed().
int jail_open_target(struct jail_mounting *j)
{
    const char *path = j->mount->destination;
    int root = j->work->points.root;
    int flags = O_PATH;
    cleanup_close int fd = -1;

    if (must_be_real(j) || j->words.target_no_follow)
        flags |= O_NOFOLLOW;
    fd = fs_open_in_root(root, path, flags, 0);
    j->was_there = fd >= 0;
    if (fd < 0 && errno == ENOENT && !j->words.remount) {
        if (mountpoint_create(&j->work->points, path, is_for_directory(j)) < 0)
            return failed_while("can't make the mount point %s", path);
        fd = fs_open_in_root(j->work->points.root, path, flags, 0);
    }
    if (fd < 0)
        return failed(errno, "can't open the mount point %s", path);
    return check_real(j, fd) < 0 ? -1 : steal_fd(&fd);
}

// File systems of their own have got their options by mount(2).
static bool shows_source(const struct jail_mounting *j, int fd)
{
    struct stat st;

    if (!j->words.bind || j->source == NULL || j->words.remount)
        return true;
    return stat_source(j, &st) == 0 && mount_shown(fd, &st);
}

// The root of what was just mounted at the destination.
int jail_open_mounted(const struct jail_mounting *j)
{
    int flags = O_PATH | (j->words.target_no_follow ? O_NOFOLLOW : 0);
    cleanup_close int fd =
        fs_open_in_root(j->work->points.root, j->mount->destination, flags, 0);

    if (fd < 0)
        return failed(errno, "can't open what was mounted at %s",
                      j->mount->destination);
    if (!shows_source(j, fd))
        return failed(0, "%s or its source was changed while it was mounted",
                      j->mount->destination);
    return steal_fd(&fd);
}
