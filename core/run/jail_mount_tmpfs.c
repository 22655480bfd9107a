// jail_mount_tmpfs.c - a tmpfs in a container: with the mode of the directory
// that it hides, and where that is asked for, with what is in it.
//
// The kernel's own default is a directory for everybody (1777), which nobody
// means who puts a tmpfs upon /run or /root; crun and runc do the same.
// SPDX-License-Identifier: MIT
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/fs.h"
#include "core/base/scope.h"
#include "core/base/str.h"
#include "core/kernel/mount.h"
#include "core/run/jail_mounting.h"

// The directory's own mode, if the options have none.
static char *with_mode(const char *data, mode_t mode)
{
    if (str_starts(data, "mode=") || strstr(data, ",mode=") != NULL)
        return str_dup(data);
    return str_printf("mode=%o%s%s", mode & 07777, data[0] != '\0' ? "," : "",
                      data);
}

static int fill(const struct jail_mounting *j, int from)
{
    const char *place = j->mount->destination;
    char path[FS_FD_PATH];
    cleanup_close int to = jail_open_mounted(j);
    struct stat st;

    if (to < 0 || fstat(to, &st) < 0 || jail_copy_up(j->work, from, to) < 0)
        return failed_while("can't fill the tmpfs at %s", place);
    // the copy has given it that of the directory
    if (chmod(fs_fd_path(path, to), st.st_mode & 07777) < 0)
        return failed(errno, "can't set the mode of %s", place);
    if ((j->words.flags & MS_RDONLY) != 0 && mount_set_read_only(to, false) < 0)
        return failed(errno, "can't make %s read-only", place);
    return 0;
}

int jail_mount_tmpfs(const struct jail_mounting *j, int target)
{
    const char *place = j->mount->destination;
    unsigned long later = j->words.copy_up ? MS_RDONLY : 0;
    char path[FS_FD_PATH];
    cleanup_close int from =
        open(fs_fd_path(path, target),
             (j->words.copy_up ? O_RDONLY : O_PATH) | O_DIRECTORY | O_CLOEXEC);
    cleanup_free char *own = jail_mount_data(j, "tmpfs", NULL);
    cleanup_free char *data = NULL;
    struct stat st;

    if (from < 0 || fstat(from, &st) < 0)
        return failed(errno, "can't read %s", place);
    data = own == NULL ? NULL : with_mode(own, st.st_mode);
    if (data == NULL)
        return -1;
    if (mount_new(target, "tmpfs", "tmpfs", j->words.flags & ~later, data) < 0)
        return failed(errno, "can't mount tmpfs at %s%s", place,
                      mount_hint(errno));
    return j->words.copy_up ? fill(j, from) : 0;
}
