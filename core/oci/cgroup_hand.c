// cgroup_hand.c - a control group becomes the container's own to manage.
//
// Version 2 is made for it (cgroup-v2.rst, "Delegation"): its owner may make
// groups in it, but does not get out of its limits. The rules are those of
// config-linux.md, "Cgroup ownership".
// SPDX-License-Identifier: MIT
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/fs.h"
#include "core/base/log.h"
#include "core/base/scope.h"
#include "core/base/str.h"
#include "core/kernel/cgroup_fs.h"
#include "core/oci/cgroup.h"

#define ANNOTATION "run.oci.delegate-cgroup"
#define FILE_MAX 65536

// The files that go to the owner, where the kernel does not list them.
static const char usual_files[] =
    "cgroup.procs\ncgroup.subtree_control\ncgroup.threads\n";

struct owner {
    uid_t uid;
    gid_t gid;
};

// The id outside; -1: it has none.
static uint32_t outside(const struct id_range *map, size_t count, uint32_t id)
{
    for (size_t i = 0; i < count; i++)
        if (id >= map[i].inside && id - map[i].inside < map[i].count)
            return map[i].outside + (id - map[i].inside);
    return (uint32_t)-1;
}

static bool is_read_only(const struct jail_mount *mount)
{
    const char *const *word = mount->options;

    for (; word != NULL && *word != NULL; word++)
        if (strcmp(*word, "ro") == 0)
            return true;
    return false;
}

static bool sees_group(const struct jail *plan)
{
    const struct jail_namespace *group =
        jail_find_namespace(plan, CLONE_NEWCGROUP);

    if (group == NULL || group->path != NULL)
        return false;
    for (size_t i = 0; i < plan->mount_count; i++) {
        const struct jail_mount *one = &plan->mounts[i];

        if (one->type != NULL && str_starts(one->type, "cgroup") &&
            strcmp(one->destination, "/sys/fs/cgroup") == 0)
            return !is_read_only(one);
    }
    return false;
}

// Does it belong to the user of the container's process, and to whom is that?
static bool find_owner(const struct jail *plan, struct owner *owner)
{
    const struct jail_namespace *user =
        jail_find_namespace(plan, CLONE_NEWUSER);

    if (user == NULL || user->path != NULL || !sees_group(plan))
        return false;
    owner->uid =
        outside(plan->uid_map, plan->uid_map_count, plan->process.user.uid);
    owner->gid =
        outside(plan->gid_map, plan->gid_map_count, plan->process.user.gid);
    return owner->uid != (uid_t)-1 && owner->uid != geteuid();
}

static int give(int group, const struct owner *owner)
{
    cleanup_free char *listed =
        fs_read(AT_FDCWD, "/sys/kernel/cgroup/delegate", FILE_MAX, NULL);
    char *rest;
    char *file;

    if (listed == NULL) {
        err_clear(); // before Linux 4.15
        listed = str_dup(usual_files);
    }
    rest = listed;
    if (fchown(group, owner->uid, owner->gid) < 0)
        return failed(errno, "can't give the control group to user %u",
                      owner->uid);
    while ((file = strsep(&rest, "\n")) != NULL)
        if (file[0] != '\0' && strchr(file, '/') == NULL &&
            fchownat(group, file, owner->uid, owner->gid, AT_SYMLINK_NOFOLLOW) <
                0 &&
            errno != ENOENT)
            return failed(errno,
                          "can't give %s of the control group to user "
                          "%u",
                          file, owner->uid);
    return 0;
}

static int open_unified(const char *path)
{
    cleanup_cgroups struct cgroups groups = { 0 };
    const struct cgroup_hierarchy *h;

    if (path == NULL || cgroups_read(&groups) < 0)
        return -1;
    h = cgroups_unified(&groups);
    return h == NULL ? -1 : cgroup_fs_open(h, path);
}

int cgroup_hand_over(const struct spec *spec, const struct state *state)
{
    struct owner owner;
    cleanup_close int group = -1;

    if (state->cgroup == NULL || geteuid() != 0 ||
        !find_owner(&spec->jail, &owner))
        return 0;
    group = open_unified(state->cgroup);
    return group < 0 ? 0 : give(group, &owner);
}

static int make_delegated(const struct spec *spec, const char *path, pid_t pid)
{
    cleanup_cgroups struct cgroups groups = { 0 };
    const struct cgroup_hierarchy *h;
    cleanup_close int group = -1;
    struct owner owner;

    if (cgroups_read(&groups) < 0)
        return -1;
    h = cgroups_unified(&groups);
    if (h == NULL)
        return failed(0, ANNOTATION ": this host has version 1 of control "
                                    "groups only");
    if (cgroup_fs_make(h, path) < 0 || (group = cgroup_fs_open(h, path)) < 0)
        return failed(errno, ANNOTATION ": can't make %s", path);
    if (geteuid() == 0 && find_owner(&spec->jail, &owner) &&
        give(group, &owner) < 0)
        return -1;
    if (cgroup_fs_join(group, pid) < 0)
        return failed(errno, ANNOTATION ": can't put the process in %s", path);
    return 0;
}

int cgroup_delegate(const struct spec *spec, const struct state *state,
                    pid_t pid)
{
    const char *name = spec_annotation(spec, ANNOTATION);
    cleanup_free char *path = NULL;

    if (name == NULL || name[0] == '\0')
        return 0;
    if (state->cgroup == NULL)
        return failed(0, ANNOTATION ": the container has no control group");
    path = str_printf("%s/%s", state->cgroup, name + strspn(name, "/"));
    if (path == NULL)
        return -1;
    if (strstr(path, "/../") != NULL || str_ends(path, "/.."))
        return failed(0, ANNOTATION ": `..` components are not allowed: %s",
                      name);
    return make_delegated(spec, path, pid);
}
