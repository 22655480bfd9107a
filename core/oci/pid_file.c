// pid_file.c - the process id in a file, for callers that ask for it.
// SPDX-License-Identifier: MIT
#include "core/oci/pid_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/fs.h"
#include "core/base/scope.h"
#include "core/base/str.h"

int pid_file_write(const char *path, pid_t pid)
{
    cleanup_free char *temporary = NULL;
    cleanup_close int fd = -1;
    char text[16];
    int length = snprintf(text, sizeof text, "%d", (int)pid);

    if (path == NULL)
        return 0;
    temporary = str_printf("%s.%d", path, (int)getpid());
    if (temporary == NULL)
        return -1;
    // others may write to the directory, too, and have put a link there
    unlink(temporary);
    fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (fd >= 0 && fs_write_all(fd, text, (size_t)length) == 0 &&
        rename(temporary, path) == 0)
        return 0;
    failed(errno, "can't write the pid file %s", path);
    unlink(temporary);
    return -1;
}
