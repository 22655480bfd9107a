// procfs.c - the /proc of the host, for writing what decides over a container.
// SPDX-License-Identifier: MIT
#include "core/kernel/procfs.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/log.h"
#include "core/base/scope.h"

#ifndef SYS_openat2
#define SYS_openat2 437 // the same on every architecture; Linux 5.6
#endif

// From linux/openat2.h, which old kernel headers lack.
#define RESOLVE_NO_XDEV 0x01
#define RESOLVE_NO_MAGICLINKS 0x02
#define RESOLVE_BENEATH 0x08
struct how {
    uint64_t flags, mode, resolve;
};

static bool is_procfs(int fd)
{
    struct statfs fs;

    return fstatfs(fd, &fs) == 0 && fs.f_type == PROC_SUPER_MAGIC;
}

int procfs_open(void)
{
    cleanup_close int fd =
        openat(AT_FDCWD, "/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0)
        return failed(errno, "can't open /proc");
    if (!is_procfs(fd))
        return failed(0, "/proc is not a procfs");
    return steal_fd(&fd);
}

// What an older kernel can't promise is looked at afterwards.
static int open_file(int proc, const char *path)
{
    struct how how = { .flags = O_WRONLY | O_CLOEXEC,
                       .resolve = RESOLVE_NO_XDEV | RESOLVE_NO_MAGICLINKS |
                                  RESOLVE_BENEATH };
    long fd = syscall(SYS_openat2, proc, path, &how, sizeof how);

    if (fd < 0 && (errno == ENOSYS || errno == EPERM))
        fd = openat(proc, path, O_WRONLY | O_CLOEXEC);
    return (int)fd;
}

int procfs_poke(int proc, const char *path, const char *text)
{
    cleanup_close int fd = open_file(proc, path);
    size_t length = strlen(text);

    log_call("write(/proc/%s, \"%s\")", path, text);
    if (fd < 0)
        return -1;
    if (!is_procfs(fd)) {
        errno = EXDEV;
        return -1;
    }
    return write(fd, text, length) == (ssize_t)length ? 0 : -1;
}
