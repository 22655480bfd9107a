// squashfs.c - the file that is to be a SquashFS image.
// SPDX-License-Identifier: MIT
#include "core/run/squashfs.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/scope.h"
#include "core/fuse/served.h"

static int check(int fd, const char *path, uint64_t offset)
{
    struct stat st;

    if (fstat(fd, &st) < 0)
        return failed(errno, "can't stat: %s", path);
    if (S_ISDIR(st.st_mode))
        return failed(0, "not a SquashFS image, but a directory: %s", path);
    if (!S_ISREG(st.st_mode) && !S_ISBLK(st.st_mode))
        return failed(0,
                      "unknown image type: %s (neither a directory nor a "
                      "file)",
                      path);
    if (!served_is_image(fd, offset))
        return failed(0, "unknown image type: %s (not a SquashFS file%s)", path,
                      st.st_size == 0 ? ", but empty" : "");
    return 0;
}

int squashfs_open(const char *path, uint64_t offset)
{
    // a FIFO must not make us wait, nor a terminal become ours
    cleanup_close int fd =
        open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

    if (fd < 0)
        return failed(errno, "can't open: %s", path);
    return check(fd, path, offset) == 0 ? steal_fd(&fd) : -1;
}
