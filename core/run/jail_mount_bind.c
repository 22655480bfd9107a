// jail_mount_bind.c - binds of a container, and the options of its mounts.
// SPDX-License-Identifier: MIT
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "core/base/err.h"
#include "core/base/log.h"
#include "core/base/scope.h"
#include "core/kernel/mount.h"
#include "core/kernel/root.h"
#include "core/run/jail_mounting.h"

bool jail_is_link(const char *path)
{
    struct stat st;

    return lstat(path, &st) == 0 && S_ISLNK(st.st_mode);
}

int jail_mapped_source(const struct jail_mounting *j)
{
    const struct jail_work *work = j->work;

    return work->mapped == NULL ? -1
                                : work->mapped[j->mount - work->plan->mounts];
}

int jail_bind(const struct jail_mounting *j, const char *source, int target,
              bool below)
{
    if (source == j->source && jail_mapped_source(j) >= 0)
        return mount_put(jail_mapped_source(j), target);
    if (source == j->source && j->words.source_no_follow &&
        jail_is_link(source))
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
static int change(const struct jail_mounting *j, int fd, uint64_t set,
                  uint64_t clear, bool below)
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

int jail_apply_words(const struct jail_mounting *j)
{
    const struct mount_words *w = &j->words;
    cleanup_close int fd = -1;

    if ((w->set | w->clear | w->set_below | w->clear_below) == 0 &&
        w->propagation == 0)
        return 0;
    fd = jail_open_mounted(j);
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

int jail_mount_bind(const struct jail_mounting *j, int target)
{
    if (jail_bind(j, j->source, target, j->words.bind_below) < 0)
        return failed(errno, "can't bind %s at %s%s", j->source,
                      j->mount->destination, mount_hint(errno));
    return 0;
}
