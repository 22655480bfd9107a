// jail_label.c - SELinux's label of what is mounted in a container.
//
// Sources: mount(8), "context="; the kernel's selinux_set_mnt_opts(), for what
// a user namespace may label. There is no label for proc, sysfs and control
// groups: one superblock of these is mounted many times, and can't have
// several.
// SPDX-License-Identifier: MIT
#include "core/run/jail_label.h"

#include <errno.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "core/base/errno_text.h"
#include "core/base/fs.h"
#include "core/base/log.h"
#include "core/base/str.h"

static const char *const never[] = { "proc",    "sysfs",  "cgroup",
                                     "cgroup2", "mqueue", NULL };
static const char *const in_user_namespace[] = { "tmpfs", "ramfs", "devpts",
                                                 "overlay", NULL };

static bool is_in(const char *const *list, const char *word)
{
    for (; *list != NULL; list++)
        if (strcmp(*list, word) == 0)
            return true;
    return false;
}

static bool has_own(const char *data)
{
    return str_starts(data, "context=") || strstr(data, ",context=") != NULL;
}

static bool may_have(const char *type, bool user_namespace)
{
    return user_namespace ? is_in(in_user_namespace, type)
                          : !is_in(never, type);
}

bool jail_has_selinux(void)
{
    return access("/sys/fs/selinux", F_OK) == 0;
}

char *jail_label_data(const char *data, const char *label, const char *type,
                      bool user_namespace)
{
    if (label == NULL || label[0] == '\0' || has_own(data) ||
        !may_have(type, user_namespace))
        return str_dup(data);
    // its categories are divided by commas
    return str_printf("%s%scontext=\"%s\"", data, data[0] != '\0' ? "," : "",
                      label);
}

void jail_label_root(int root, const char *label, const char *type)
{
    char path[FS_FD_PATH];

    if (label == NULL || strcmp(type, "mqueue") != 0 || !jail_has_selinux())
        return;
    if (setxattr(fs_fd_path(path, root), "security.selinux", label,
                 strlen(label), 0) < 0)
        log_warn("linux.mountLabel: can't label %s: %s", type,
                 errno_text(errno));
}
