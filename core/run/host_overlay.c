// host_overlay.c - the host's own tree, with changes that go to memory.
//
// One overlay over all of it can't be: an overlay shows one file system, not
// what is mounted on it, and in a user namespace the kernel refuses a lower
// directory that has mounts of the outer one on it, as it would uncover what
// they hide. So a directory without mounts in it gets an overlay of its own,
// and a directory with some is made anew, with its entries one by one:
// directories by the same rule, links and small files as copies.
// SPDX-License-Identifier: MIT
#include "core/run/host_overlay.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/errno_text.h"
#include "core/base/fs.h"
#include "core/base/log.h"
#include "core/base/scope.h"
#include "core/base/str.h"
#include "core/kernel/mount.h"
#include "core/kernel/mountinfo.h"

#define NAME_ROOM 32      // bytes of "upper-N"
#define COPY_MAX 65536    // bytes of a file that is copied
#define OVERLAYS_MAX 1000 // each takes some kilobytes of the kernel's memory

// Interfaces of the kernel rather than files, and mounts that make others.
static const char *const interfaces[] = {
    "autofs",   "binfmt_misc", "bpf",        "cgroup",    "cgroup2",
    "configfs", "debugfs",     "devpts",     "devtmpfs",  "efivarfs",
    "fusectl",  "hugetlbfs",   "mqueue",     "nsfs",      "proc",
    "pstore",   "rpc_pipefs",  "securityfs", "selinuxfs", "sysfs",
    "tracefs",
};

struct host {
    int scratch;
    int old; // root of the host's tree
    struct mountinfo mounts;
    unsigned overlays; // so far
};

// One file or directory on its way into the new tree.
struct entry {
    const char *path; // "/usr"; "" is the root
    int fd;           // of the old one
    struct stat st;
    int parent; // where the new one is made
    const char *name;
};

static bool is_interface(const struct host *h, int fd)
{
    const struct mountinfo_entry *mount =
        mountinfo_find(&h->mounts, mountinfo_id(fd));

    for (size_t i = 0; i < sizeof interfaces / sizeof *interfaces; i++)
        if (mount != NULL && strcmp(mount->type, interfaces[i]) == 0)
            return true;
    return false;
}

static bool has_mounts_in(const struct host *h, const char *path)
{
    size_t length = strlen(path);

    for (size_t i = 0; i < h->mounts.count; i++)
        if (str_starts(h->mounts.entries[i].dir, path) &&
            h->mounts.entries[i].dir[length] == '/' &&
            h->mounts.entries[i].dir[length + 1] != '\0')
            return true;
    return false;
}

// A new directory of ours for the overlay of a directory with this mode.
static int numbered_dir(const struct host *h, const char *kind, mode_t mode)
{
    char name[NAME_ROOM];

    snprintf(name, sizeof name, "%s-%u", kind, h->overlays);
    if (mkdirat(h->scratch, name, mode) < 0)
        return -1;
    return openat(h->scratch, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

// 0, or -1 with errno.
static int overlay(struct host *h, const struct entry *e, int target)
{
    cleanup_close int upper = -1;
    cleanup_close int work = -1;

    if (h->overlays >= OVERLAYS_MAX) {
        errno = EMFILE;
        return -1;
    }
    h->overlays++;
    upper = numbered_dir(h, "upper", e->st.st_mode & 07777);
    work = numbered_dir(h, "work", 0700);
    if (upper < 0 || work < 0)
        return -1;
    return mount_overlay(target, &(struct mount_layers){ .lower = e->fd,
                                                         .middle = -1,
                                                         .upper = upper,
                                                         .work = work,
                                                         .forgotten = true });
}

static int bind(const struct entry *e, int target)
{
    char source[FS_FD_PATH];

    if (mount_bind(fs_fd_path(source, e->fd), target) < 0)
        return failed(errno, "can't bind %s of the host", e->path);
    return 0;
}

// With all that is mounted in it, as it can't be changed in memory only.
static int bind_read_only(const struct entry *e, int target)
{
    cleanup_close int bound = -1;

    if (bind(e, target) < 0)
        return -1;
    bound = openat(e->parent, e->name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    if (bound < 0 || mount_set_read_only(bound, true) < 0)
        return failed(errno, "can't make %s read-only", e->path);
    return 0;
}

static int make_dir(const struct entry *e)
{
    int fd;

    if (mkdirat(e->parent, e->name, e->st.st_mode & 07777) < 0)
        return failed(errno, "can't make %s anew", e->path);
    fd = openat(e->parent, e->name, O_PATH | O_DIRECTORY | O_CLOEXEC);
    return fd >= 0 ? fd : failed(errno, "can't open the new %s", e->path);
}

static int make_file(const struct entry *e)
{
    int fd = openat(e->parent, e->name, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC,
                    e->st.st_mode & 0777);

    return fd >= 0 ? fd : failed(errno, "can't make %s anew", e->path);
}

static int copy_file(const struct entry *e)
{
    char source[FS_FD_PATH];
    size_t size = 0;
    cleanup_free char *text = NULL;
    cleanup_close int file = make_file(e);

    if (file < 0)
        return -1;
    if (S_ISREG(e->st.st_mode) && e->st.st_size <= COPY_MAX)
        text = fs_read_regular(AT_FDCWD, fs_fd_path(source, e->fd), COPY_MAX,
                               &size);
    if (text == NULL) { // too large, secret, or no file
        err_clear();
        return S_ISREG(e->st.st_mode) ? bind_read_only(e, file) : bind(e, file);
    }
    if (fs_write_all(file, text, size) < 0)
        return failed(errno, "can't copy %s into memory", e->path);
    return 0;
}

static int copy_link(const struct entry *e)
{
    cleanup_free char *target = fs_readlink(e->fd, "");

    if (target == NULL || symlinkat(target, e->parent, e->name) < 0)
        return failed(errno, "can't copy the link %s", e->path);
    return 0;
}

static int put_entries(struct host *h, const char *path, DIR *old, int new);

// A directory with mounts in it.
static int put_anew(struct host *h, const struct entry *e)
{
    cleanup_close int new = make_dir(e);
    int fd = openat(e->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *entries = fd < 0 ? NULL : fdopendir(fd);
    int status;

    if (new >= 0 && entries != NULL) {
        status = put_entries(h, e->path, entries, new);
        closedir(entries);
        return status;
    }
    log_why("%s can't be listed, so it is read-only", e->path);
    if (fd >= 0)
        close(fd);
    return new < 0 ? -1 : bind_read_only(e, new);
}

static int put_dir(struct host *h, const struct entry *e)
{
    cleanup_close int new = -1;

    if (!is_interface(h, e->fd) && has_mounts_in(h, e->path))
        return put_anew(h, e);
    new = make_dir(e);
    if (new < 0)
        return -1;
    if (is_interface(h, e->fd))
        return bind(e, new);
    if (overlay(h, e, new) == 0)
        return 0;
    log_why("no overlay over %s, so it is read-only: %s", e->path,
            errno_text(errno));
    return bind_read_only(e, new);
}

static int put(struct host *h, const struct entry *e)
{
    if (S_ISDIR(e->st.st_mode))
        return put_dir(h, e);
    return S_ISLNK(e->st.st_mode) ? copy_link(e) : copy_file(e);
}

static int put_entries(struct host *h, const char *path, DIR *old, int new)
{
    const struct dirent *next;

    for (errno = 0; (next = readdir(old)) != NULL; errno = 0) {
        cleanup_free char *name = str_printf("%s/%s", path, next->d_name);
        cleanup_close int fd = -1;
        struct entry e = { .path = name, .parent = new, .name = next->d_name };

        if (name == NULL)
            return -1;
        if (strcmp(e.name, ".") == 0 || strcmp(e.name, "..") == 0)
            continue;
        fd = fs_open_in_root(h->old, name, O_PATH | O_NOFOLLOW, 0);
        if (fd < 0 || fstat(fd, &e.st) < 0) {
            log_why("leaving out %s: %s", name, errno_text(errno));
            continue;
        }
        e.fd = fd;
        if (put(h, &e) < 0)
            return -1;
    }
    return errno == 0 ? 0 : failed(errno, "can't list %s/ of the host", path);
}

// An overlay more, on a directory within one. 0, or -1 after failed().
static int put_upon(struct host *h, int new, const char *path)
{
    cleanup_close int old =
        fs_open_in_root(h->old, path, O_PATH | O_DIRECTORY, 0);
    cleanup_close int target =
        fs_open_in_root(new, path, O_PATH | O_DIRECTORY, 0);
    struct entry e = { .path = path, .fd = old };

    if (old < 0 || target < 0 || fstat(old, &e.st) < 0)
        return failed(errno, "can't open %s", path);
    if (is_interface(h, old) || has_mounts_in(h, path))
        return 0;
    if (overlay(h, &e, target) < 0)
        return failed(errno, "can't mount an overlay over %s", path);
    return 0;
}

// To change a file, an overlay copies the directories above it too, with their
// owners, and can't if these have no id in the user namespace. So what is the
// caller's, and others' above it, gets an overlay of its own; "path" leads
// there.
static int put_own(struct host *h, int new, const char *path)
{
    cleanup_free char *way = path == NULL ? NULL : str_dup(path);
    struct stat st;

    if (path != NULL && way == NULL)
        return -1;
    for (char *at = way; way != NULL && *at == '/' && at[1] != '\0';) {
        cleanup_close int fd = -1;
        char *end = strchrnul(at + 1, '/');
        char kept = *end;

        *end = '\0';
        fd = fs_open_in_root(h->old, way, O_PATH | O_DIRECTORY, 0);
        if (fd < 0 || fstat(fd, &st) < 0)
            return 0; // no matter: nothing can be written there
        if (st.st_uid == geteuid())
            return put_upon(h, new, way);
        *end = kept;
        at = end;
    }
    return 0;
}

// Where the caller's files are, and where everybody may write.
static int put_own_overlays(struct host *h, int new)
{
    cleanup_free char *here = getcwd(NULL, 0);
    struct stat st;

    if (put_own(h, new, here) < 0 || put_own(h, new, getenv("HOME")) < 0)
        return -1;
    if (fstatat(h->old, "var/tmp", &st, 0) < 0 || (st.st_mode & S_IWOTH) == 0)
        return 0;
    return put_upon(h, new, "/var/tmp");
}

// A new root must be a mount: a directory of the tmpfs on another one.
static int make_root(const struct host *h)
{
    char source[FS_FD_PATH];
    cleanup_close int from = numbered_dir(h, "tree", 0755);
    cleanup_close int to = numbered_dir(h, "root", 0755);
    char name[NAME_ROOM];

    if (from < 0 || to < 0 || mount_bind(fs_fd_path(source, from), to) < 0)
        return failed(errno, "can't make a root for the host's tree");
    snprintf(name, sizeof name, "root-%u", h->overlays);
    return openat(h->scratch, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

int host_overlay(int scratch, int root)
{
    struct host h = { .scratch = scratch, .old = root };
    int fd = openat(root, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *entries = fd < 0 ? NULL : fdopendir(fd);
    cleanup_close int new = -1;
    int status = -1;

    if (entries == NULL) {
        failed(errno, "can't list the root directory of the host");
        if (fd >= 0)
            close(fd);
        return -1;
    }
    log_step("overlaying each file system of the host");
    new = make_root(&h);
    if (new >= 0 && mountinfo_read(&h.mounts) == 0)
        status = put_entries(&h, "", entries, new);
    if (status == 0)
        status = put_own_overlays(&h, new);
    mountinfo_free(&h.mounts);
    closedir(entries);
    return status < 0 ? -1 : steal_fd(&new);
}
