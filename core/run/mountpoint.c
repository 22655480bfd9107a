// mountpoint.c - mount points that the image lacks.
// SPDX-License-Identifier: MIT
#include "core/run/mountpoint.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
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

#define NAME_ROOM 32 // bytes of "cover-N", "/proc/self/fd/N"

// A directory of ours in the container: mount points may be made in it.
struct cover {
    int fd;       // its root directory
    int mount_id; // its mount
    bool seal;    // it is to be read-only when all are made
};

// The mount that a descriptor lies on, or -1 after failed().
static int mount_id(int fd)
{
    int id = mountinfo_id(fd);

    return id >= 0 ? id : failed(errno, "can't tell the mount of a directory");
}

// May a directory be made here? 1, 0, or -1 after failed().
static int may_add(const struct mountpoints *m, int dir)
{
    int id = mount_id(dir);
    int root = mount_id(m->root);

    if (id < 0 || root < 0)
        return -1;
    for (size_t i = 0; i < m->count; i++)
        if (m->covers[i].mount_id == id)
            return 1;
    return m->image_writable && id == root;
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

// Show entry "name" of the directory "from" in the directory "to". What it is
// is asked of the descriptor that is bound, as the image may change meanwhile.
// 0, or -1 with errno.
static int copy_entry(int from, int to, const char *name)
{
    char source[NAME_ROOM];
    cleanup_close int entry =
        openat(from, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    cleanup_close int target = -1;
    cleanup_free char *link = NULL;
    struct stat st;

    if (entry < 0 || fstat(entry, &st) < 0)
        return -1;
    if (S_ISLNK(st.st_mode)) {
        link = fs_readlink(entry, "");
        return link == NULL ? -1 : symlinkat(link, to, name);
    }
    if (make_like(to, name, &st) < 0)
        return -1;
    target = openat(to, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    snprintf(source, sizeof source, "/proc/self/fd/%d", entry);
    return target < 0 ? -1 : mount_bind(source, target);
}

static int copy_entries(DIR *from, int to, const char *path)
{
    const struct dirent *entry;

    for (errno = 0; (entry = readdir(from)) != NULL; errno = 0) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        if (copy_entry(dirfd(from), to, entry->d_name) < 0)
            return failed(errno, "can't keep %s/%s under a new mount point",
                          path, entry->d_name);
    }
    return errno == 0 ? 0 : failed(errno, "can't list %s in the image", path);
}

// A new directory "name" of the tmpfs with the mode of "like". Its descriptor,
// or -1 after failed().
static int new_directory(const struct mountpoints *m, const char *name,
                         int like)
{
    struct stat st;
    int fd;

    if (fstat(like, &st) < 0 || mkdirat(m->scratch, name, 0700) < 0 ||
        fchmodat(m->scratch, name, st.st_mode & 07777, 0) < 0)
        return failed(errno, "can't make a directory for mount points");
    fd = openat(m->scratch, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
    return fd >= 0 ? fd
                   : failed(errno, "can't open a directory for mount points");
}

// Remember a cover, whose descriptor is taken over. 0, or -1 after failed().
static int add_cover(struct mountpoints *m, int fd, bool seal)
{
    struct cover *more =
        reallocarray(m->covers, m->count + 1, sizeof *m->covers);
    int id = mount_id(fd);

    if (more != NULL)
        m->covers = more;
    if (more == NULL || id < 0) {
        close(fd);
        return more == NULL ? failed(errno, "can't add a mount point") : -1;
    }
    m->covers[m->count++] = (struct cover){ fd, id, seal };
    return 0;
}

static int replace_root(struct mountpoints *m, int root)
{
    int copy = fcntl(root, F_DUPFD_CLOEXEC, 0);

    if (copy < 0)
        return failed(errno, "can't keep the new root");
    close(m->root);
    m->root = copy;
    return 0;
}

// Mount an empty cover where the directory "dir" is; the root itself can't be
// mounted upon, so its cover stands alone and becomes the root. The cover's
// descriptor, borrowed, or -1 after failed().
static int put_cover(struct mountpoints *m, const char *path, int dir)
{
    bool is_root = strcmp(path, "/") == 0;
    char name[NAME_ROOM];
    char source[2 * NAME_ROOM];
    cleanup_close int plain = -1;
    int fd;

    snprintf(name, sizeof name, "cover-%zu", m->count);
    snprintf(source, sizeof source, "/proc/self/fd/%d/%s", m->scratch, name);
    plain = new_directory(m, name, dir);
    if (plain < 0)
        return -1;
    if (mount_bind(source, is_root ? plain : dir) < 0)
        return failed(errno, "can't cover %s to add a mount point", path);
    fd = is_root ? openat(m->scratch, name, O_PATH | O_CLOEXEC)
                 : fs_open_in_root(m->root, path, O_PATH, 0);
    if (fd < 0)
        return failed(errno, "can't open the cover of %s", path);
    if (add_cover(m, fd, true) < 0 || (is_root && replace_root(m, fd) < 0))
        return -1;
    return fd;
}

// Cover the directory at "path" of the container. 0, or -1 after failed().
static int cover(struct mountpoints *m, const char *path)
{
    int dir = fs_open_in_root(m->root, path, O_RDONLY | O_DIRECTORY, 0);
    DIR *entries = dir < 0 ? NULL : fdopendir(dir);
    int new;
    int status = -1;

    if (entries == NULL) {
        failed(errno, "can't open the directory %s of the image", path);
        if (dir >= 0)
            close(dir);
        return -1;
    }
    log_why("covering %s to add a mount point", path);
    new = put_cover(m, path, dir);
    if (new >= 0)
        status = copy_entries(entries, new, path);
    closedir(entries);
    return status;
}

// The deepest directory on the way to "target" that exists: cuts "path", a
// copy of it, there. Its descriptor, or -1 after failed().
static int deepest(const struct mountpoints *m, char *path)
{
    for (;;) {
        char *slash = strrchr(path, '/');
        int fd;

        if (slash == NULL)
            return failed(0, "can't create the mount point %s: not absolute",
                          path);
        slash[slash == path] = '\0'; // "/a" is cut to "/"
        fd = fs_open_in_root(m->root, path, O_PATH | O_DIRECTORY, 0);
        if (fd >= 0)
            return fd;
        if (errno != ENOENT || strcmp(path, "/") == 0)
            return failed(errno, "can't open %s in the image", path);
    }
}

static int make(const struct mountpoints *m, const char *target, bool directory)
{
    cleanup_free char *parent = str_dup(target);
    char *slash = parent == NULL ? NULL : strrchr(parent, '/');
    int fd;

    if (slash == NULL)
        return failed(0, "can't create the mount point %s", target);
    slash[slash == parent] = '\0'; // "/a" is cut to "/"
    if (fs_mkdirs_in_root(m->root, directory ? target : parent, 0755) < 0)
        return failed(errno, "can't create the mount point %s", target);
    if (directory)
        return 0;
    fd = fs_open_in_root(m->root, target,
                         O_CREAT | O_EXCL | O_NOFOLLOW | O_WRONLY, 0644);
    if (fd < 0)
        return failed(errno, "can't create the mount point %s", target);
    close(fd);
    return 0;
}

int mountpoint_create(struct mountpoints *m, const char *target, bool directory)
{
    cleanup_free char *parent = str_dup(target);
    cleanup_close int dir = parent == NULL ? -1 : deepest(m, parent);
    int allowed = dir < 0 ? -1 : may_add(m, dir);

    if (allowed < 0)
        return -1;
    log_step("creating mount point: %s", target);
    if (allowed && make(m, target, directory) == 0)
        return 0;
    // not ours to write to, or it refused: then it is covered
    if (cover(m, parent) < 0)
        return -1;
    return make(m, target, directory);
}

int mountpoint_own(struct mountpoints *m, const char *target)
{
    int fd = fs_open_in_root(m->root, target, O_PATH, 0);

    if (fd < 0)
        return failed(errno, "can't open %s in the container", target);
    return add_cover(m, fd, false);
}

int mountpoint_finish(struct mountpoints *m)
{
    int status = 0;

    for (size_t i = 0; i < m->count; i++) {
        if (m->covers[i].seal &&
            mount_set_read_only(m->covers[i].fd, false) < 0)
            status = failed(errno, "can't make mount points read-only");
        close(m->covers[i].fd);
    }
    free(m->covers);
    m->covers = NULL;
    m->count = 0;
    return status;
}
