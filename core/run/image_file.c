// image_file.c - the file that is to be an image.
// SPDX-License-Identifier: MIT
#include "core/run/image_file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/scope.h"
#include "core/base/str.h"

int image_file_open(const char *path)
{
    // a FIFO must not make us wait, nor a terminal become ours
    cleanup_close int fd =
        open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    struct stat st;

    if (fd < 0)
        return failed(errno, "can't open: %s", path);
    if (fstat(fd, &st) < 0)
        return failed(errno, "can't stat: %s", path);
    if (S_ISDIR(st.st_mode))
        return failed(0, "not an image file, but a directory: %s", path);
    if (!S_ISREG(st.st_mode) && !S_ISBLK(st.st_mode))
        return failed(0,
                      "unknown image type: %s (neither a directory nor a "
                      "file)",
                      path);
    if (S_ISREG(st.st_mode) && st.st_size == 0)
        return failed(0, "unknown image type: %s (an empty file)", path);
    return steal_fd(&fd);
}

char *image_file_identity(const struct stat *file, uint64_t offset)
{
    return str_printf("%jx:%jx %jd %jd.%09ld %ju", (uintmax_t)file->st_dev,
                      (uintmax_t)file->st_ino, (intmax_t)file->st_size,
                      (intmax_t)file->st_mtim.tv_sec, file->st_mtim.tv_nsec,
                      (uintmax_t)offset);
}
