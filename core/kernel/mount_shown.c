// mount_shown.c - is what a path leads to the mount that was just made there?
// SPDX-License-Identifier: MIT
#include "core/kernel/mount_shown.h"

#include <fcntl.h>

#ifndef STATX_ATTR_MOUNT_ROOT
#define STATX_ATTR_MOUNT_ROOT 0x2000 // Linux 5.8
#endif

static bool is_mount(int fd)
{
    struct statx st;

    // before Linux 5.8, the kernel can't tell
    return statx(fd, "", AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW, STATX_TYPE, &st) <
               0 ||
           (st.stx_attributes_mask & STATX_ATTR_MOUNT_ROOT) == 0 ||
           (st.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
}

bool mount_shown(int fd, const struct stat *file)
{
    struct stat st;

    return fstat(fd, &st) == 0 && st.st_dev == file->st_dev &&
           st.st_ino == file->st_ino && is_mount(fd);
}
