// overlay_host.c - the host's own tree, with changes that are forgotten.
//
// Overlayfs shows one file system, and in a user namespace it refuses a
// directory below which something is mounted: the root of a host always has
// something. So each directory without mounts below it gets an overlay of its
// own, and the few above mounts are made anew in memory, entry by entry. What
// is no file system but the kernel speaking, and /run, whose sockets overlayfs
// would cut off from their servers, are shown as they are.
// SPDX-License-Identifier: MIT
#include "core/run/overlay_host.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
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

#define NAME_ROOM 32  // bytes of "upper-N"
#define DEPTH_MOST 40 // of directories above a mount

struct tree {
    struct mountinfo mounts;
    int scratch;
    unsigned count; // of overlays so far
    int depth;
};

// A directory of the host, and what stands for it in the container.
struct pair {
    int from, to;
    const char *path; // "" is the root
};

static bool is_kernels_own(const char *path)
{
    static const char *const places[] = { "/dev", "/proc", "/run", "/sys" };

    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++)
        if (strcmp(path, places[i]) == 0)
            return true;
    return false;
}

static bool has_mounts_below(const struct tree *t, const char *path)
{
    size_t length = strlen(path);

    for (size_t i = 0; i < t->mounts.count; i++) {
        const char *dir = t->mounts.entries[i].dir;

        if (strncmp(dir, path, length) == 0 && dir[length] == '/' &&
            dir[length + 1] != '\0')
            return true;
    }
    return false;
}

static int bind(const struct pair *p)
{
    char source[FS_FD_PATH];

    if (mount_bind(fs_fd_path(source, p->from), p->to) < 0)
        return failed(errno, "can't bind %s", p->path);
    return 0;
}

// A new directory "KIND-N" of the tmpfs. -1 with errno.
static int new_dir(const struct tree *t, const char *kind, mode_t mode)
{
    char name[NAME_ROOM];

    snprintf(name, sizeof name, "%s-%u", kind, t->count);
    if (mkdirat(t->scratch, name, mode) < 0)
        return -1;
    return openat(t->scratch, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

// 0; 1: the kernel refuses one there; -1 after failed().
static int put_overlay(struct tree *t, const struct pair *p, mode_t mode)
{
    cleanup_close int upper = new_dir(t, "upper", mode);
    cleanup_close int work = new_dir(t, "work", 0700);
    struct mount_layers layers = { p->from, -1, upper, work, true };

    if (upper < 0 || work < 0)
        return failed(errno, "can't make a directory for the overlay");
    t->count++;
    if (mount_overlay(p->to, &layers) == 0)
        return 0;
    log_warn("%s is read-only, as it can't have an overlay: %s", p->path,
             strerror(errno));
    return 1;
}

static int put_entries(struct tree *t, const struct pair *p);

// As put_overlay().
static int put_directory(struct tree *t, const struct pair *p, mode_t mode)
{
    if (is_kernels_own(p->path))
        return bind(p);
    if (!has_mounts_below(t, p->path))
        return put_overlay(t, p, mode);
    if (t->depth == DEPTH_MOST)
        return failed(ELOOP, "can't go down to the mounts in %s", p->path);
    return put_entries(t, p);
}

// What nobody shall write to.
static int put_read_only(const struct pair *parent, const char *name,
                         const struct pair *p)
{
    cleanup_close int mount = -1;

    if (bind(p) < 0)
        return -1;
    mount = openat(parent->to, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    if (mount < 0 || mount_set_read_only(mount, false) < 0)
        return failed(errno, "can't make %s read-only", p->path);
    return 0;
}

// Make an entry of this type, to mount upon. Its descriptor, or -1 with errno.
static int make_like(int dir, const char *name, const struct stat *st)
{
    mode_t mode = st->st_mode & 07777;
    int made = S_ISDIR(st->st_mode) ? mkdirat(dir, name, mode)
                                    : mknodat(dir, name, S_IFREG | mode, 0);

    return made < 0 ? -1 : openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
}

static int put_link(int link, const struct pair *parent, const char *name)
{
    cleanup_free char *target = fs_readlink(link, "");

    if (target == NULL || symlinkat(target, parent->to, name) < 0)
        return failed(errno, "can't copy the link %s/%s", parent->path, name);
    return 0;
}

static int put_entry(struct tree *t, const struct pair *parent,
                     const char *name)
{
    cleanup_free char *path = str_printf("%s/%s", parent->path, name);
    cleanup_close int from =
        openat(parent->from, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    cleanup_close int to = -1;
    struct stat st;
    int status = 1;

    if (path == NULL)
        return -1;
    if (from < 0 || fstat(from, &st) < 0) {
        // a place that its owner shows to nobody else, or a dead mount
        log_warn("%s is left out: %s", path, strerror(errno));
        return 0;
    }
    if (S_ISLNK(st.st_mode))
        return put_link(from, parent, name);
    to = make_like(parent->to, name, &st);
    if (to < 0)
        return failed(errno, "can't make %s in memory", path);
    if (S_ISDIR(st.st_mode))
        status = put_directory(t, &(struct pair){ from, to, path },
                               st.st_mode & 07777);
    return status == 1
               ? put_read_only(parent, name, &(struct pair){ from, to, path })
               : status;
}

// The directory itself is in memory; its entries are shown in it.
static int put_entries(struct tree *t, const struct pair *p)
{
    int fd = openat(p->from, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *entries = fd < 0 ? NULL : fdopendir(fd);
    const struct dirent *entry;
    int status = 0;

    if (entries == NULL) {
        failed(errno, "can't list %s/", p->path);
        if (fd >= 0)
            close(fd);
        return -1;
    }
    t->depth++;
    while (status == 0 && (entry = readdir(entries)) != NULL)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            status = put_entry(t, p, entry->d_name);
    t->depth--;
    closedir(entries);
    return status;
}

int overlay_host(int host, int place, int scratch)
{
    struct tree tree = { .scratch = scratch };
    int status = mountinfo_read(&tree.mounts);

    if (status == 0)
        status = put_entries(&tree, &(struct pair){ host, place, "" });
    mountinfo_free(&tree.mounts);
    return status;
}
