// jail_mount_type.c - file systems that are new to a container, or what comes
// nearest.
//
// What a user namespace may not mount is replaced, as callers' configurations
// are mostly those of root: a table tells by what.
// SPDX-License-Identifier: MIT
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/errno_text.h"
#include "core/base/log.h"
#include "core/base/scope.h"
#include "core/kernel/mount.h"
#include "core/run/jail_label.h"
#include "core/run/jail_mounting.h"

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

// What has no option for a label.
static int label(const struct jail_mounting *j)
{
    cleanup_close int root = -1;

    if (j->work->plan->mount_label == NULL || strcmp(j->type, "mqueue") != 0)
        return 0;
    root = jail_open_mounted(j);
    if (root < 0)
        return -1;
    jail_label_root(root, j->work->plan->mount_label, j->type);
    return 0;
}

char *jail_mount_data(const struct jail_mounting *j, const char *type,
                      const char *without)
{
    const char *label = jail_has_selinux() ? j->work->plan->mount_label : NULL;
    cleanup_free char *data = mount_words_data(&j->words, without);

    return data == NULL
               ? NULL
               : jail_label_data(data, label, type, j->work->user_namespace);
}

int jail_mount_type(const struct jail_mounting *j, int target,
                    const char *without)
{
    cleanup_free char *data = jail_mount_data(j, j->type, without);

    if (data == NULL)
        return -1;
    if (mount_new(target, j->type,
                  j->mount->source ? j->mount->source : j->type, j->words.flags,
                  data[0] != '\0' ? data : NULL) == 0)
        return label(j);
    return failed(errno, "can't mount %s at %s%s", j->type,
                  j->mount->destination, mount_hint(errno));
}

static bool is_want_of_privilege(int errnum)
{
    return errnum == EPERM || errnum == EACCES || errnum == EINVAL ||
           errnum == EBUSY || errnum == ENODEV;
}

// After failed() of the mount: what comes nearest.
int jail_mount_instead(const struct jail_mounting *j, int target)
{
    const struct substitute *s = find_substitute(j->type);
    int errnum = err_num();

    if (s == NULL || !is_want_of_privilege(errnum) ||
        (!j->work->user_namespace && strcmp(j->type, "cgroup2") != 0))
        return -1;
    err_clear();
    if (s->without != NULL)
        return jail_mount_type(j, target, s->without);
    if (s->instead == NULL || access(s->instead, F_OK) < 0) {
        log_step("%s is left out: %s", j->mount->destination,
                 errno_text(errnum));
        return 0;
    }
    log_step("%s: the host's %s in place of a new %s (%s)",
             j->mount->destination, s->instead, j->type, errno_text(errnum));
    if (jail_bind(j, s->instead, target, true) < 0)
        return failed(errno, "can't bind %s at %s", s->instead,
                      j->mount->destination);
    if ((j->words.set & MOUNT_NO_WRITING) == 0)
        return 0;
    cleanup_close int fd = jail_open_mounted(j);

    // Linux before 5.12 does it for that alone
    if (fd >= 0 && mount_limit(fd, MOUNT_NO_WRITING, true) < 0)
        return failed(errno, "can't make %s read-only", j->mount->destination);
    return fd < 0 ? -1 : 0;
}

static int mount_cgroup_1(const struct jail_mounting *j, int target)
{
    cleanup_close int dir = -1;

    if (mount_tmpfs(target, 0755, NULL) < 0)
        return failed(errno, "can't mount tmpfs at %s", j->mount->destination);
    dir = jail_open_mounted(j);
    return dir < 0 ? -1 : jail_bind_cgroups(j->work, dir, j->words.set);
}

int jail_mount_cgroup(struct jail_mounting *j, int target)
{
    if (j->work->cgroups.count == 0) {
        log_step("%s is left out: this host has no control groups",
                 j->mount->destination);
        return 0;
    }
    if (jail_has_cgroups_1(j->work))
        return mount_cgroup_1(j, target);
    j->type = "cgroup2";
    return jail_mount_type(j, target, NULL) == 0
               ? 0
               : jail_mount_instead(j, target);
}
