// install.c - this program's own file, put into a directory.
//
// What is new is made under a name of its own beside the old one, and takes
// its place by rename(2).
// SPDX-License-Identifier: MIT
#include "core/base/install.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/fs.h"
#include "core/base/scope.h"

#define COPY_BLOCK 65536  // bytes
#define PROGRAM_MODE 0755 // whatever the umask: it is for every user
#define SELF "/proc/self/exe"

// A name beside "name" that nobody else has; what a process of this id left
// there when it was killed goes first.
static int name_beside(int dir, const char *name, char beside[NAME_MAX + 1])
{
    int n = snprintf(beside, NAME_MAX + 1, ".%s.%d", name, (int)getpid());

    if (n < 0 || n > NAME_MAX) {
        errno = ENAMETOOLONG;
        return -1;
    }
    return unlinkat(dir, beside, 0) < 0 && errno != ENOENT ? -1 : 0;
}

// The new file takes the place of the old one, or, if making it has failed,
// goes. -1 with errno.
static int finish(int dir, const char *beside, const char *name, int status)
{
    int errnum;

    if (status == 0 && renameat(dir, beside, dir, name) == 0)
        return 0;
    errnum = errno;
    unlinkat(dir, beside, 0);
    errno = errnum;
    return -1;
}

static int copy(int from, int to)
{
    char block[COPY_BLOCK];

    for (;;) {
        ssize_t n = read(from, block, sizeof block);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return (int)n;
        if (fs_write_all(to, block, (size_t)n) < 0)
            return -1;
    }
}

static int put_copy(int dir, const char *name, int from)
{
    char beside[NAME_MAX + 1];
    cleanup_close int to = -1;
    int status;

    if (name_beside(dir, name, beside) < 0)
        return -1;
    to = openat(dir, beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (to < 0)
        return -1;
    status = copy(from, to);
    if (status == 0)
        status = fchmod(to, PROGRAM_MODE);
    if (status == 0)
        status = fsync(to);
    return finish(dir, beside, name, status);
}

static int put_link(int dir, const char *name, const char *target)
{
    char beside[NAME_MAX + 1];

    if (name_beside(dir, name, beside) < 0 ||
        symlinkat(target, dir, beside) < 0)
        return -1;
    return finish(dir, beside, name, 0);
}

// A link can't take the place of a directory, and is not to be the one that
// fails when all else is done.
static int check_names(int dir, const char *path, const char *name,
                       const struct command *links)
{
    struct stat st;

    for (const struct command *c = links; name != NULL; c++) {
        if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
            S_ISDIR(st.st_mode))
            return failed(EISDIR, "can't install %s/%s", path, name);
        name = c->name;
    }
    return 0;
}

int install_program(const char *dir, const char *name,
                    const struct command *links)
{
    cleanup_close int from = open(SELF, O_RDONLY | O_CLOEXEC);
    cleanup_close int to = -1;

    if (from < 0)
        return failed(errno, "can't open this program, " SELF);
    to = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (to < 0)
        return failed(errno, "can't install into %s", dir);
    if (check_names(to, dir, name, links) < 0)
        return -1;
    // the program first: so no link ever leads nowhere
    if (put_copy(to, name, from) < 0)
        return failed(errno, "can't install %s/%s", dir, name);
    for (const struct command *c = links; c->name != NULL; c++)
        if (put_link(to, c->name, name) < 0)
            return failed(errno, "can't make the link %s/%s", dir, c->name);
    if (fsync(to) < 0)
        return failed(errno, "can't write the directory %s", dir);
    return 0;
}
