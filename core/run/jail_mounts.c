// jail_mounts.c - the mounts of a container, in their order.
//
// Each destination is opened within the root and mounted upon by its descriptor,
// so nobody can put a link in its place meanwhile. What a user namespace may not
// mount is replaced by what comes nearest, as callers' configurations are
// mostly those of root: a table tells by what.
// SPDX-License-Identifier: MIT
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/errno_text.h"
#include "core/base/fs.h"
#include "core/base/log.h"
#include "core/base/scope.h"
#include "core/kernel/mount.h"
#include "core/kernel/mount_shown.h"
#include "core/kernel/mount_words.h"
#include "core/kernel/root.h"
#include "core/run/jail_work.h"

struct job {
    struct jail_work *work;
    const struct jail_mount *mount;
    struct mount_words words;
    char *source; // of a bind: absolute
    const char *type;
};

// --- the destination

// proc and sysfs are trusted by name later on; a link in the image could lead
// there to a directory of its choice (CVE-2019-19921, CVE-2023-27561).
static bool must_be_real(const struct job *j)
{
    return strcmp(j->type, "proc") == 0 || strcmp(j->type, "sysfs") == 0;
}

static int check_real(const struct job *j, int fd)
{
    struct stat st;

    if (!must_be_real(j) && !j->words.target_no_follow)
        return 0;
    if (fstat(fd, &st) < 0)
        return failed(errno, "can't stat %s", j->mount->destination);
    if (S_ISLNK(st.st_mode))
        return failed(0, "refusing to mount %s at %s, which is a link", j->type,
                      j->mount->destination);
    return 0;
}

static bool is_for_directory(const struct job *j)
{
    struct stat st = { .st_mode = S_IFDIR };

    if (j->words.bind && j->words.source_no_follow)
        return lstat(j->source, &st) < 0 || S_ISDIR(st.st_mode);
    if (j->source == NULL)
        return true;
    return !j->words.bind || stat(j->source, &st) < 0 || S_ISDIR(st.st_mode);
}

// A descriptor of the destination, made if it is missing; -1 after failed().
static int open_target(const struct job *j)
{
    const char *path = j->mount->destination;
    int root = j->work->points.root;
    int flags = O_PATH;
    cleanup_close int fd = -1;

    if (must_be_real(j) || j->words.target_no_follow)
        flags |= O_NOFOLLOW;
    fd = fs_open_in_root(root, path, flags, 0);
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
static bool shows_source(const struct job *j, int fd)
{
    struct stat st;

    if (!j->words.bind || j->source == NULL || j->words.remount)
        return true;
    if (j->words.source_no_follow ? lstat(j->source, &st) < 0
                                  : stat(j->source, &st) < 0)
        return false;
    return mount_shown(fd, &st);
}

// The root of what was just mounted at the destination.
static int open_mounted(const struct job *j)
{
    cleanup_close int fd =
        fs_open_in_root(j->work->points.root, j->mount->destination, O_PATH, 0);

    if (fd < 0)
        return failed(errno, "can't open what was mounted at %s",
                      j->mount->destination);
    if (!shows_source(j, fd))
        return failed(0, "%s or its source was changed while it was mounted",
                      j->mount->destination);
    return steal_fd(&fd);
}

// --- what is like a bind

static bool is_link(const char *path)
{
    struct stat st;

    return lstat(path, &st) == 0 && S_ISLNK(st.st_mode);
}

// The descriptor of the source with its ids mapped, -1: they are as they are.
static int mapped_source(const struct job *j)
{
    const struct jail_work *work = j->work;

    return work->mapped == NULL ? -1
                                : work->mapped[j->mount - work->plan->mounts];
}

static int bind(const struct job *j, const char *source, int target, bool below)
{
    if (source == j->source && mapped_source(j) >= 0)
        return mount_put(mapped_source(j), target);
    if (source == j->source && j->words.source_no_follow && is_link(source))
        return mount_bind_link(source, target);
    if (strcmp(source, "/") == 0)
        return root_bind(source, target, j->work->pile);
    if (mount_bind_only(source, target, below) == 0)
        return 0;
    // mounts of a more privileged namespace come together only
    if (errno != EINVAL || below || !j->work->user_namespace ||
        mount_bind_only(source, target, true) < 0)
        return -1;
    log_step("%s is bound with what is mounted below it", source);
    return 0;
}

// mount_change() of what was mounted. The kernel keeps a user namespace from
// changing what a mount of the host's does of access times: they stay then.
static int change(const struct job *j, int fd, uint64_t set, uint64_t clear,
                  bool below)
{
    const uint64_t times = MOUNT_ACCESS_TIMES;

    if ((set | clear) == 0 || mount_change(fd, set, clear, below) == 0)
        return 0;
    if (errno != EPERM || !j->work->user_namespace ||
        ((set | clear) & times) == 0)
        return -1;
    log_step("%s: access times are dealt with as on the host",
             j->mount->destination);
    return change(j, fd, set & ~times, clear & ~times, below);
}

static int apply_words(const struct job *j)
{
    const struct mount_words *w = &j->words;
    cleanup_close int fd = -1;

    if ((w->set | w->clear | w->set_below | w->clear_below) == 0 &&
        w->propagation == 0)
        return 0;
    fd = open_mounted(j);
    if (fd < 0)
        return -1;
    if ((w->set_below | w->clear_below) != 0 &&
        change(j, fd, w->set_below, w->clear_below, true) < 0)
        return failed(errno, "can't set the recursive options of %s",
                      j->mount->destination);
    // another file system has its own by mount(2) already
    if (w->bind && (w->set | w->clear) != 0 &&
        change(j, fd, w->set, w->clear, false) < 0 &&
        (errno != EPERM || w->set != 0))
        return failed(errno, "can't set the options of %s",
                      j->mount->destination);
    if (w->propagation != 0 && mount_propagate(fd, w->propagation) < 0)
        return failed(errno, "can't set the propagation of %s",
                      j->mount->destination);
    return 0;
}

static int mount_bind_of(const struct job *j, int target)
{
    if (bind(j, j->source, target, j->words.bind_below) < 0)
        return failed(errno, "can't bind %s at %s%s", j->source,
                      j->mount->destination, mount_hint(errno));
    return 0;
}

// --- what is mounted instead

// "instead": bound from the host; NULL: nothing. "without": the options that a
// user namespace refuses.
static const struct substitute {
    const char *type, *without, *instead;
} substitutes[] = {
    { "proc", NULL, "/proc" },  { "sysfs", NULL, "/sys" },
    { "devpts", "gid=", NULL }, { "mqueue", NULL, "/dev/mqueue" },
    { "cgroup", NULL, NULL },   { "cgroup2", NULL, "/sys/fs/cgroup" },
};

static const struct substitute *find_substitute(const char *type)
{
    for (size_t i = 0; i < sizeof substitutes / sizeof *substitutes; i++)
        if (strcmp(substitutes[i].type, type) == 0)
            return &substitutes[i];
    return NULL;
}

static int mount_type(const struct job *j, int target, const char *without)
{
    cleanup_free char *data = mount_words_data(&j->words, without);

    if (data == NULL)
        return -1;
    if (mount_new(target, j->type,
                  j->mount->source ? j->mount->source : j->type, j->words.flags,
                  data[0] != '\0' ? data : NULL) == 0)
        return 0;
    return failed(errno, "can't mount %s at %s%s", j->type,
                  j->mount->destination, mount_hint(errno));
}

static bool is_want_of_privilege(int errnum)
{
    return errnum == EPERM || errnum == EACCES || errnum == EINVAL ||
           errnum == EBUSY || errnum == ENODEV;
}

// After failed() of the mount: what comes nearest.
static int mount_instead(const struct job *j, int target)
{
    const struct substitute *s = find_substitute(j->type);
    int errnum = err_num();

    if (s == NULL || !is_want_of_privilege(errnum) ||
        (!j->work->user_namespace && strcmp(j->type, "cgroup2") != 0))
        return -1;
    err_clear();
    if (s->without != NULL)
        return mount_type(j, target, s->without);
    if (s->instead == NULL || access(s->instead, F_OK) < 0) {
        log_step("%s is left out: %s", j->mount->destination,
                 errno_text(errnum));
        return 0;
    }
    log_step("%s: the host's %s in place of a new %s (%s)",
             j->mount->destination, s->instead, j->type, errno_text(errnum));
    if (bind(j, s->instead, target, true) < 0)
        return failed(errno, "can't bind %s at %s", s->instead,
                      j->mount->destination);
    if ((j->words.set & MOUNT_NO_WRITING) == 0)
        return 0;
    cleanup_close int fd = open_mounted(j);

    // those below may be locked as they are
    if (fd >= 0 && mount_set_read_only(fd, false) < 0)
        return failed(errno, "can't make %s read-only", j->mount->destination);
    return fd < 0 ? -1 : 0;
}

static int mount_cgroup_1(const struct job *j, int target)
{
    cleanup_close int dir = -1;

    if (mount_tmpfs(target, 0755, NULL) < 0)
        return failed(errno, "can't mount tmpfs at %s", j->mount->destination);
    dir = open_mounted(j);
    return dir < 0 ? -1 : jail_bind_cgroups(j->work, dir, j->words.set);
}

static int mount_cgroup(struct job *j, int target)
{
    if (j->work->cgroups.count == 0) {
        log_step("%s is left out: this host has no control groups",
                 j->mount->destination);
        return 0;
    }
    if (jail_has_cgroups_1(j->work))
        return mount_cgroup_1(j, target);
    j->type = "cgroup2";
    return mount_type(j, target, NULL) == 0 ? 0 : mount_instead(j, target);
}

// --- one after the other

// The directory's own mode, if the options have none.
static char *with_mode(const char *data, mode_t mode)
{
    if (str_starts(data, "mode=") || strstr(data, ",mode=") != NULL)
        return str_dup(data);
    return str_printf("mode=%o%s%s", mode & 07777, data[0] != '\0' ? "," : "",
                      data);
}

// A tmpfs that begins with what it hides, which a descriptor still shows.
static int mount_with_copy(const struct job *j, int target)
{
    const char *place = j->mount->destination;
    char path[FS_FD_PATH];
    cleanup_close int from =
        open(fs_fd_path(path, target), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    cleanup_close int to = -1;
    cleanup_free char *own = mount_words_data(&j->words, NULL);
    cleanup_free char *data = NULL;
    struct stat st;

    if (from < 0 || fstat(from, &st) < 0)
        return failed(errno, "can't read %s", place);
    data = own == NULL ? NULL : with_mode(own, st.st_mode);
    if (data == NULL)
        return -1;
    if (mount_new(target, "tmpfs", "tmpfs", j->words.flags & ~MS_RDONLY, data) <
        0)
        return failed(errno, "can't mount tmpfs at %s%s", place,
                      mount_hint(errno));
    to = open_mounted(j);
    if (to < 0 || fstat(to, &st) < 0 || jail_copy_up(j->work, from, to) < 0)
        return failed_while("can't fill the tmpfs at %s", place);
    // the copy has given it that of the directory
    if (chmod(fs_fd_path(path, to), st.st_mode & 07777) < 0)
        return failed(errno, "can't set the mode of %s", place);
    if ((j->words.flags & MS_RDONLY) != 0 && mount_set_read_only(to, false) < 0)
        return failed(errno, "can't make %s read-only", place);
    return 0;
}

// Change what is mounted there, by the words alone.
static int remount(const struct job *j, int target)
{
    cleanup_free char *data = mount_words_data(&j->words, NULL);

    if (data == NULL)
        return -1;
    if (mount_new(target, NULL, NULL, MS_REMOUNT | j->words.flags,
                  data[0] != '\0' ? data : NULL) == 0)
        return 0;
    return failed(errno, "can't remount %s", j->mount->destination);
}

static int mount_target(struct job *j, int target)
{
    // of a bind, it is only its words that count: apply_words()
    if (j->words.remount)
        return j->words.bind ? 0 : remount(j, target);
    if (j->words.copy_up && strcmp(j->type, "tmpfs") == 0)
        return mount_with_copy(j, target);
    if (j->words.bind)
        return mount_bind_of(j, target);
    if (strcmp(j->type, "cgroup") == 0)
        return mount_cgroup(j, target);
    if (mount_type(j, target, NULL) == 0)
        return 0;
    return mount_instead(j, target);
}

static int find_source(struct job *j)
{
    const char *source = j->mount->source;

    if (!j->words.bind || j->words.remount)
        return 0;
    if (source == NULL)
        return failed(0, "the bind at %s has no source", j->mount->destination);
    j->source = source[0] == '/'
                    ? str_dup(source)
                    : str_printf("%s/%s", j->work->plan->bundle, source);
    return j->source == NULL ? -1 : 0;
}

static int mount_one(struct job *j)
{
    cleanup_close int target = -1;

    if (mount_words_read(&j->words, j->mount->options) < 0)
        return -1;
    j->type = j->mount->type != NULL ? j->mount->type : "none";
    if (strcmp(j->type, "bind") == 0)
        j->words.bind = true;
    if (find_source(j) < 0)
        return -1;
    target = open_target(j);
    if (target < 0 || mount_target(j, target) < 0)
        return -1;
    return apply_words(j);
}

int jail_mount_all(struct jail_work *work)
{
    const struct jail *plan = work->plan;

    for (size_t i = 0; i < plan->mount_count; i++) {
        struct job job = { .work = work, .mount = &plan->mounts[i] };
        int status = mount_one(&job);

        mount_words_free(&job.words);
        free(job.source);
        if (status < 0 && !job.mount->dispensable)
            return failed_while("mounts[%zu]", i);
        if (status < 0) {
            log_warn("left out: mounts[%zu]: %s", i, err_text());
            err_clear();
        }
    }
    return 0;
}
