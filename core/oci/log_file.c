// log_file.c - the file of --log.
// SPDX-License-Identifier: MIT
#include "core/oci/log_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "core/base/err.h"
#include "core/base/log.h"
#include "core/base/str.h"

int log_file_open(const char *path, bool json)
{
    int fd;

    if (str_starts(path, "journald:") || str_starts(path, "syslog:")) {
        log_warn("--log=%s: messages go to the standard error output", path);
        return 0;
    }
    if (str_starts(path, "file:"))
        path += strlen("file:");
    fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0644);
    if (fd < 0)
        return failed(errno, "--log: can't open %s", path);
    log_to(fd, json);
    return 0;
}
