// cgroup_mark.c - which control groups were made by us.
// SPDX-License-Identifier: MIT
#include "core/kernel/cgroup_mark.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "core/base/errno_text.h"
#include "core/base/log.h"
#include "core/base/scope.h"

#define MARK "user.ch-oci"

static bool is_marked(const char *dir)
{
    return lgetxattr(dir, MARK, NULL, 0) >= 0;
}

void cgroup_mark(int group)
{
    if (fsetxattr(group, MARK, "", 0, 0) < 0)
        log_why("a control group can't be marked: %s", errno_text(errno));
}

void cgroup_mark_remove_above(const struct cgroup_hierarchy *hierarchy,
                              const char *path, size_t least)
{
    cleanup_free char *dir = cgroups_dir(hierarchy, path);
    size_t length = strlen(hierarchy->dir);

    if (dir == NULL)
        return;
    for (char *slash = strrchr(dir, '/'); slash > dir + length;
         slash = strrchr(dir, '/')) {
        bool ours = (size_t)(slash - dir) - length >= least;

        *slash = '\0';
        if ((!ours && !is_marked(dir)) || rmdir(dir) < 0)
            return;
    }
}
