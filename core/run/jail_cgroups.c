// jail_cgroups.c - the control groups that a container sees.
//
// The specification's mount type "cgroup" is whatever the host has. Of version
// 2 that is one file system. Version 1 has several: a tmpfs takes them, each
// with no more than the container's own group and those below it. These are
// bound, for a new mount of a hierarchy shows all of it to those who share the
// namespace of the host. Where the own groups are must be known before there is
// a namespace of its own, from which on each is called "/".
// SPDX-License-Identifier: MIT
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/log.h"
#include "core/base/scope.h"
#include "core/base/str.h"
#include "core/kernel/mount.h"
#include "core/run/jail_work.h"

int jail_note_cgroups(struct jail_work *work)
{
    const struct jail *plan = work->plan;

    for (size_t i = 0; i < plan->mount_count; i++) {
        const char *type = plan->mounts[i].type;

        if (type != NULL && strcmp(type, "cgroup") == 0)
            return cgroups_read(&work->cgroups);
    }
    return 0;
}

bool jail_has_cgroups_1(const struct jail_work *work)
{
    for (size_t i = 0; i < work->cgroups.count; i++)
        if (work->cgroups.items[i].version == 1)
            return true;
    return false;
}

// Controllers that are together have a directory by their names, and a link
// each.
static void link_names(int dir, const char *name, const char *controllers)
{
    cleanup_free char *copy = str_dup(controllers);
    char *rest = copy;
    char *word;

    if (copy == NULL || strchr(controllers, ',') == NULL)
        return;
    while ((word = strsep(&rest, ",")) != NULL)
        if (strcmp(word, name) != 0 && symlinkat(name, dir, word) < 0)
            log_why("no link %s to the control groups %s", word, name);
}

static int bind_one(int dir, const struct cgroup_hierarchy *h, uint64_t set)
{
    const char *name = strrchr(h->dir, '/') + 1;
    cleanup_free char *source = NULL;
    cleanup_close int target = -1;
    cleanup_close int bound = -1;

    if (h->own == NULL || name[0] == '\0')
        return 0;
    source = cgroups_dir(h, h->own);
    if (source == NULL)
        return -1;
    if (mkdirat(dir, name, 0755) < 0 && errno != EEXIST)
        return failed(errno, "can't make a directory for the control groups %s",
                      name);
    target = openat(dir, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (target < 0 || mount_bind_only(source, target, false) < 0)
        return failed(errno, "can't bind the control group %s", source);
    bound = openat(dir, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (bound < 0 || (set != 0 && mount_change(bound, set, 0, false) < 0))
        return failed(errno, "can't set the options of the control group %s",
                      source);
    if (h->version == 1)
        link_names(dir, name, h->controllers);
    return 0;
}

int jail_bind_cgroups(const struct jail_work *work, int dir, uint64_t set)
{
    for (size_t i = 0; i < work->cgroups.count; i++)
        if (bind_one(dir, &work->cgroups.items[i], set) < 0)
            return -1;
    if (set != 0 && mount_change(dir, set, 0, false) < 0)
        return failed(errno, "can't set the options of the control groups");
    return 0;
}
