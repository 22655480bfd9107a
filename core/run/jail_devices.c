// jail_devices.c - device files of a container, and links to its descriptors.
//
// What every container has is a table, from the runtime specification's section
// "Default Devices". A user namespace can't make device files: those of the
// host are bound, which its own rules keep.
// SPDX-License-Identifier: MIT
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/fs.h"
#include "core/base/log.h"
#include "core/base/scope.h"
#include "core/base/str.h"
#include "core/kernel/device.h"
#include "core/kernel/mount.h"
#include "core/run/jail_work.h"

#define MODE 0666 // of a device whose mode is not given, as in crun and runc

#define DEVICE(p, major_, minor_)                              \
    {                                                          \
        .path = (p), .type = "c", .major = { true, (major_) }, \
        .minor = { true, (minor_) }, .mode = {                 \
            true,                                              \
            MODE                                               \
        }                                                      \
    }
static const struct jail_device usual[] = {
    DEVICE("/dev/null", 1, 3),   DEVICE("/dev/zero", 1, 5),
    DEVICE("/dev/full", 1, 7),   DEVICE("/dev/tty", 5, 0),
    DEVICE("/dev/random", 1, 8), DEVICE("/dev/urandom", 1, 9),
};

static const struct {
    const char *target, *path;
} links[] = {
    { "/proc/self/fd", "/dev/fd" },       { "/proc/self/fd/0", "/dev/stdin" },
    { "/proc/self/fd/1", "/dev/stdout" }, { "/proc/self/fd/2", "/dev/stderr" },
    { "/proc/kcore", "/dev/core" },       { "pts/ptmx", "/dev/ptmx" },
};

int jail_open_parent(struct jail_work *work, const char *path,
                     const char **name)
{
    const char *slash = strrchr(path, '/');
    cleanup_free char *parent = NULL;
    int fd;

    if (path[0] != '/' || slash == NULL || slash[1] == '\0')
        return failed(0, "not the absolute path of a file: %s", path);
    *name = slash + 1;
    parent =
        slash == path ? str_dup("/") : str_ndup(path, (size_t)(slash - path));
    if (parent == NULL)
        return -1;
    if (!fs_exists_in_root(work->points.root, parent) &&
        mountpoint_create(&work->points, parent, true) < 0)
        return -1;
    fd = fs_open_in_root(work->points.root, parent, O_PATH | O_DIRECTORY, 0);
    return fd >= 0 ? fd : failed(errno, "can't open %s", parent);
}

// --- one device

// A device is neither run nor gives rights by its mode.
static int limit_bound(const struct jail_work *work, const char *path)
{
    cleanup_close int mounted =
        fs_open_in_root(work->points.root, path, O_PATH | O_NOFOLLOW, 0);

    if (mounted < 0 ||
        mount_limit(mounted, MOUNT_NO_SETUID | MOUNT_NO_PROGRAMS, false) < 0)
        return failed(errno, "can't limit the device %s", path);
    return 0;
}

static int bind_device(struct jail_work *work, const struct jail_device *d)
{
    cleanup_close int target = -1;

    if (!fs_exists_in_root(work->points.root, d->path) &&
        mountpoint_create(&work->points, d->path, false) < 0)
        return -1;
    target =
        fs_open_in_root(work->points.root, d->path, O_PATH | O_NOFOLLOW, 0);
    if (target < 0 || mount_bind_only(d->path, target, false) < 0)
        return failed(errno, "can't bind the device %s of the host", d->path);
    return limit_bound(work, d->path);
}

// The one that was made outside of the user namespace.
static int put_device(struct jail_work *work, const struct jail_device *d,
                      int made)
{
    cleanup_close int target = -1;

    if (!fs_exists_in_root(work->points.root, d->path) &&
        mountpoint_create(&work->points, d->path, false) < 0)
        return -1;
    target =
        fs_open_in_root(work->points.root, d->path, O_PATH | O_NOFOLLOW, 0);
    if (target < 0 || mount_put(made, target) < 0)
        return failed(errno, "can't put the device %s", d->path);
    return 0;
}

// A mount has brought the host's own, as it does for "podman run --privileged"
// of an ordinary user; whose that is, is not to be changed by him.
static bool is_bound(int made, int errnum)
{
    return made == 1 && errnum == EPERM;
}

static int make_device(struct jail_work *work, const struct jail_device *d)
{
    mode_t mode = device_type(d->type);
    const char *name = "";
    cleanup_close int dir = -1;
    int made;

    if (mode == 0)
        return failed(0, "device %s: unknown type: %s", d->path, d->type);
    dir = jail_open_parent(work, d->path, &name);
    if (dir < 0)
        return -1;
    mode |= d->mode.set ? (mode_t)d->mode.number & 07777 : MODE;
    made = device_make(
        dir, name, mode,
        makedev((unsigned)d->major.number, (unsigned)d->minor.number));
    if (made >= 0)
        return fchownat(dir, name, d->uid, d->gid, AT_SYMLINK_NOFOLLOW) == 0 ||
                       errno == EROFS || is_bound(made, errno)
                   ? 0
                   : failed(errno, "can't give %s to %u:%u", d->path, d->uid,
                            d->gid);
    // EEXIST: the image has something else there, and may mean harm by it
    if (errno == EPERM || errno == EROFS || errno == EACCES || errno == EEXIST)
        return bind_device(work, d);
    return failed(errno, "can't make the device %s", d->path);
}

// A root filesystem without a /dev of its own and read-only has what it has.
static int make_usual(struct jail_work *work, const struct jail_device *d)
{
    if (work->user_namespace)
        return bind_device(work, d);
    return make_device(work, d);
}

static int make_links(struct jail_work *work)
{
    for (size_t i = 0; i < sizeof links / sizeof *links; i++) {
        const char *name = "";
        cleanup_close int dir = jail_open_parent(work, links[i].path, &name);

        if (dir < 0)
            return -1;
        if (strcmp(name, "ptmx") == 0 && faccessat(dir, "pts", F_OK, 0) < 0)
            continue;
        if (symlinkat(links[i].target, dir, name) < 0 && errno != EEXIST)
            log_why("no link %s", links[i].path);
    }
    return 0;
}

// A root that is used again has it from the last time.
static bool is_link_to(int dir, const char *name, const char *text)
{
    char there[PATH_MAX];
    ssize_t length = readlinkat(dir, name, there, sizeof there - 1);

    if (length < 0) {
        errno = EEXIST;
        return false;
    }
    there[length] = '\0';
    return strcmp(there, text) == 0;
}

int jail_copy_link(struct jail_work *work, const char *source,
                   const char *place)
{
    char text[PATH_MAX];
    ssize_t length = readlink(source, text, sizeof text - 1);
    const char *name = "";
    cleanup_close int dir = -1;

    if (length < 0)
        return failed(errno, "can't read the link %s", source);
    text[length] = '\0';
    dir = jail_open_parent(work, place, &name);
    if (dir < 0)
        return -1;
    if (symlinkat(text, dir, name) == 0 ||
        (errno == EEXIST && is_link_to(dir, name, text)))
        return 0;
    return failed(errno, "can't make the link %s", place);
}

// What is there in place of a device that was asked for stays, and is an error.
static int check_place(struct jail_work *work, const struct jail_device *d)
{
    cleanup_close int fd =
        fs_open_in_root(work->points.root, d->path, O_PATH | O_NOFOLLOW, 0);
    dev_t number =
        makedev((unsigned)d->major.number, (unsigned)d->minor.number);
    mode_t type = device_type(d->type);
    struct stat st;

    if (fd < 0 || type == 0)
        return 0;
    if (fstat(fd, &st) < 0)
        return failed(errno, "can't stat %s", d->path);
    if ((st.st_mode & S_IFMT) == type &&
        (type == S_IFIFO || st.st_rdev == number))
        return 0;
    return failed(0, "%s is there, and is another file", d->path);
}

// A slash at the end of its path is as good as none.
static int make_planned(struct jail_work *work, size_t index)
{
    const struct jail_device *d = &work->plan->devices[index];
    int made = work->devices != NULL ? work->devices[index] : -1;
    struct jail_device one = *d;
    size_t length = strlen(d->path);
    cleanup_free char *path = NULL;

    while (length > 1 && d->path[length - 1] == '/')
        length--;
    path = str_ndup(d->path, length);
    if (path == NULL)
        return -1;
    one.path = path;
    if (check_place(work, &one) < 0)
        return -1;
    return made >= 0 ? put_device(work, &one, made) : make_device(work, &one);
}

// A link there was never meant to be the place of device files, and whose it is
// can't be told; a mount that is planned follows it within the root.
static int check_directory(const struct jail_work *work)
{
    const struct jail *plan = work->plan;
    cleanup_close int fd =
        fs_open_in_root(work->points.root, "/dev", O_PATH | O_NOFOLLOW, 0);
    struct stat st;

    for (size_t i = 0; i < plan->mount_count; i++)
        if (strcmp(plan->mounts[i].destination, "/dev") == 0)
            return 0;
    if (fd < 0 || fstat(fd, &st) < 0 || !S_ISLNK(st.st_mode))
        return 0;
    return failed(0, "refusing to make devices in /dev, which is a link");
}

int jail_make_devices(struct jail_work *work)
{
    const struct jail *plan = work->plan;

    if (check_directory(work) < 0)
        return -1;

    for (size_t i = 0; i < sizeof usual / sizeof *usual; i++)
        if (make_usual(work, &usual[i]) < 0)
            return -1;
    for (size_t i = 0; i < plan->device_count; i++)
        if (make_planned(work, i) < 0)
            return failed_while("linux.devices[%zu]", i);
    return make_links(work);
}
