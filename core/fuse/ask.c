// ask.c - ask the server of a mounted image what it has done.
// SPDX-License-Identifier: MIT
#include "core/fuse/ask.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/scope.h"

// What the errors mean that are not the usual ones.
static const struct {
    int errnum;
    const char *hint;
} hints[] = {
    { ENOTTY, ": no server of an image that tells any is behind it" },
    { EACCES, ": they are told to the server's user and to root only" },
};

static int explain(const char *path)
{
    for (size_t i = 0; i < sizeof hints / sizeof hints[0]; i++)
        if (hints[i].errnum == errno)
            return failed(0, "no statistics of %s%s", path, hints[i].hint);
    return failed(errno, "can't ask for statistics of %s", path);
}

int ask_statistics(const char *path, char text[COUNTERS_TEXT])
{
    // A FIFO or a device must not keep us waiting.
    cleanup_close int fd =
        open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

    if (fd < 0)
        return failed(errno, "can't open %s", path);
    memset(text, 0, COUNTERS_TEXT);
    if (ioctl(fd, (int)ASK_STATISTICS, text) < 0)
        return explain(path);
    text[COUNTERS_TEXT - 1] = '\0';
    return 0;
}
