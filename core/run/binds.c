// binds.c - what of the host is seen in the container, and where.
//
// A target is opened just before it is mounted upon, as an earlier bind may
// have brought it.
// SPDX-License-Identifier: MIT
#include "core/run/binds.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/fs.h"
#include "core/base/log.h"
#include "core/base/scope.h"
#include "core/base/str.h"
#include "core/kernel/mount.h"
#include "core/kernel/root.h"
#include "core/run/bind_options.h"
#include "core/run/self.h"

#define TRIES 5   // to mount upon a mount point that is thrown out meanwhile
#define SKIP (-2) // there is no such mount point, and none is needed

// An empty directory or file, as the source is or shows one, to mount upon.
static int create_target(const struct binds *b, const struct source *one)
{
    struct stat st = { .st_mode = S_IFDIR };

    if (one->path != NULL && one->image == NULL && stat(one->path, &st) < 0)
        return failed(errno, "can't stat %s", one->path);
    if (mountpoint_create(b->points, one->target, S_ISDIR(st.st_mode)) < 0)
        return failed_while("can't bind: destination not found: %s%s",
                            b->plan->image, one->target);
    return 0;
}

static bool is_same_file(int a, int b)
{
    struct stat one, other;

    return fstat(a, &one) == 0 && fstat(b, &other) == 0 &&
           one.st_dev == other.st_dev && one.st_ino == other.st_ino;
}

static bool is_directory(int fd)
{
    struct stat st;

    return fstat(fd, &st) == 0 && S_ISDIR(st.st_mode);
}

// A descriptor of the mount point; SKIP; or -1 after failed().
static int open_target(const struct binds *b, struct source *one)
{
    cleanup_close int fd =
        fs_open_in_root(b->points->root, one->target, O_PATH, 0);

    if (fd < 0 && errno == ENOENT) {
        int status = one->need == BIND_IF_BOTH ? SKIP : create_target(b, one);

        one->absent = status == SKIP;
        if (status < 0)
            return status;
        fd = fs_open_in_root(b->points->root, one->target, O_PATH, 0);
    }
    if (fd < 0)
        return failed(errno, "can't bind: can't open destination: %s%s",
                      b->plan->image, one->target);
    if (one->need == BIND_REQUIRED && is_same_file(fd, b->points->root))
        return failed(0, "can't bind: destination is the root directory: %s",
                      one->target);
    return steal_fd(&fd);
}

// Show the image's files at the directory, and let peers have it.
static int mount_image(const struct binds *b, const struct source *one,
                       int target)
{
    cleanup_close int mounted = -1;

    log_step("mounting %s at %s", image_path(one->image), one->target);
    if ((one->options & BIND_READ_WRITE) != 0)
        log_warn("%s can't be written to, as it is a SquashFS image: %s",
                 one->target, image_path(one->image));
    if (image_mount(one->image, target) < 0)
        return -1;
    mounted =
        fs_open_in_root(b->points->root, one->target, O_PATH | O_DIRECTORY, 0);
    if (mounted < 0)
        return failed(errno, "can't open %s%s", b->plan->image, one->target);
    return image_offer(one->image, mounted);
}

static int bind_path(const struct binds *b, const struct source *one,
                     int target)
{
    const char *what = one->what != NULL ? one->what : one->path;

    if (root_bind(one->path, target, b->scratch) < 0)
        return failed(errno, "can't bind %s at %s%s%s", what, b->plan->image,
                      one->target, mount_hint(errno));
    log_why("bind-mounting %s at %s", what, one->target);
    return 0;
}

// At the mount point "target", which the caller closes.
static int mount_one(const struct binds *b, const struct source *one,
                     int target)
{
    int status;

    if (one->path == NULL && one->image == NULL) {
        if (mount_tmpfs(target, 01777, one->size) < 0)
            return failed(errno, "can't mount tmpfs at %s%s", b->plan->image,
                          one->target);
        return mountpoint_own(b->points, one->target);
    }
    if (one->image != NULL && (one->path == NULL || is_directory(target)))
        status = mount_image(b, one, target);
    else
        status = bind_path(b, one, target);
    if (status < 0 || (one->options & ~(unsigned)BIND_READ_WRITE) == 0)
        return status;
    return bind_options_apply(b->points->root, one->path, one->target,
                              one->options);
}

// Ranks that share an image may throw out each other's entry for the mount
// point (share_tell_images() tells when), which can't be mounted upon then:
// ENOENT, although it is there. It is looked up anew.
static int bind_one(const struct binds *b, struct source *one)
{
    int tries = 0;

    while (true) {
        cleanup_close int target = open_target(b, one);

        if (target < 0)
            return target == SKIP ? 0 : -1;
        if (mount_one(b, one, target) == 0)
            return 0;
        if (err_num() != ENOENT || ++tries == TRIES)
            return -1;
        err_clear();
    }
}

// Beyond a limit of the size of files (ulimit -f), the kernel's signal would
// end us.
static int write_file(int fd, const void *bytes, size_t size)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur < size) {
        errno = EFBIG;
        return -1;
    }
    return fs_write_all(fd, bytes, size);
}

static int refused(const struct binds *b, const char *target)
{
    if (errno == EFBIG) {
        log_warn("%s stays the image's own: the limit of the size of files "
                 "(ulimit -f) is too small for another",
                 target);
        return 0;
    }
    return failed(errno, "can't write %s of the container%s", target,
                  errno == ENOSPC && b->plan->overlay_size != NULL
                      ? " (give --write-fake a larger size)"
                      : "");
}

// A file of ours, bound over the image's.
static int bind_bytes(const struct binds *b, const char *name, char *target,
                      const void *bytes, size_t size)
{
    char path[FS_FD_PATH];
    cleanup_free char *what = str_printf("the generated %s file", name);
    cleanup_close int fd =
        openat(b->scratch, name, O_CREAT | O_WRONLY | O_CLOEXEC | O_EXCL, 0644);

    if (fd < 0 || write_file(fd, bytes, size) < 0)
        return refused(b, target);
    if (what == NULL)
        return -1;
    fs_fd_path(path, fd);
    // a target of ours, not one that might turn out to be the root
    return bind_one(b, &(struct source){ .path = path,
                                         .what = what,
                                         .target = target,
                                         .need = BIND_IF_SOURCE });
}

static int bind_text(const struct binds *b, const char *name, char *target,
                     const char *text)
{
    return bind_bytes(b, name, target, text, strlen(text));
}

// "path" as SELF_DIRECTORY/name of the container.
static int bind_program(const struct binds *b, const char *path,
                        const char *name)
{
    cleanup_free char *source = str_dup(path);
    cleanup_free char *target = str_printf("%s/%s", SELF_DIRECTORY, name);

    if (source == NULL || target == NULL)
        return -1;
    return bind_one(b, &(struct source){ .path = source,
                                         .what = b->sources->self != NULL
                                                     ? NULL
                                                     : "a copy of this program",
                                         .target = target,
                                         .need = BIND_REQUIRED,
                                         .options = BIND_READ_ONLY });
}

// This program by each of its names. Every one is a bind, for an image that is
// written to shall not be left with links to a file that it has not.
static int bind_self(const struct binds *b)
{
    const char *path = b->sources->self;
    cleanup_close int copy = -1;
    char copied[FS_FD_PATH];

    if (path == NULL) {
        log_why("the file of this program has no path: it is copied");
        if (self_copy(b->scratch, "ch") < 0)
            return -1;
        copy = openat(b->scratch, "ch", O_PATH | O_CLOEXEC);
        if (copy < 0)
            return failed(errno, "can't open the copy of this program");
        path = fs_fd_path(copied, copy);
    }
    if (bind_program(b, path, "ch") < 0)
        return -1;
    for (const struct command *c = b->plan->self; c->name != NULL; c++)
        if (bind_program(b, path, c->name) < 0)
            return -1;
    return 0;
}

int binds_apply(const struct binds *b)
{
    const struct sources *sources = b->sources;
    const struct users *users = &sources->users;

    b->points->bound = sources->items;
    if (users->passwd != NULL &&
        (bind_text(b, "passwd", (char[]){ "/etc/passwd" }, users->passwd) < 0 ||
         bind_text(b, "group", (char[]){ "/etc/group" }, users->group) < 0))
        return -1;
    for (size_t i = 0; i < sources->count; i++) {
        b->points->bound_count = i;
        if (bind_one(b, &sources->items[i]) < 0)
            return -1;
    }
    b->points->bound_count = sources->count;
    return b->plan->self == NULL ? 0 : bind_self(b);
}

int binds_put(const struct binds *b, const char *name, const char *target,
              const void *bytes, size_t size)
{
    cleanup_free char *copy = str_dup(target);

    return copy == NULL ? -1 : bind_bytes(b, name, copy, bytes, size);
}
