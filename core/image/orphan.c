// orphan.c - outputs that were never completed.
//
// By flock(2): the kernel lets go of it however its holder ends, and unlike
// those of fcntl(2) it can be had on directories. Where a file system has no
// such locks nobody can tell, so nothing is removed there.
// SPDX-License-Identifier: MIT
#include "core/image/orphan.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/errno_text.h"
#include "core/base/log.h"
#include "core/base/scope.h"
#include "core/image/tree.h"

#define PART ".part-"

enum { NUMBER_MAX = 24 }; // characters behind PART

void orphan_name(char *part, size_t room, const char *name, unsigned again)
{
    int most = NAME_MAX - (int)(sizeof "." PART) - NUMBER_MAX;

    if (again == 0)
        snprintf(part, room, ".%.*s" PART "%d", most, name, (int)getpid());
    else
        snprintf(part, room, ".%.*s" PART "%d.%u", most, name, (int)getpid(),
                 again);
}

int orphan_lock(int fd, int dir, const char *part)
{
    struct stat open, named;

    if (flock(fd, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK)
        return -1;
    return fstat(fd, &open) == 0 &&
                   fstatat(dir, part, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
                   open.st_ino == named.st_ino && open.st_dev == named.st_dev
               ? 0
               : -1;
}

// Is it such a name, of "name" if this is not NULL?
static bool is_part(const char *found, const char *name)
{
    char expected[NAME_MAX + 1];
    const char *mark = NULL;
    size_t length;

    for (const char *at = found; (at = strstr(at, PART)) != NULL; at++)
        mark = at;
    if (found[0] != '.' || mark == NULL || mark == found)
        return false;
    length = strlen(mark) - strlen(PART);
    if (length == 0 || strspn(mark + strlen(PART), "0123456789.") != length)
        return false;
    if (name == NULL)
        return true;
    orphan_name(expected, sizeof expected, name, 0);
    length = (size_t)(strrchr(expected, '-') - expected);
    return strncmp(found, expected, length + 1) == 0 &&
           mark + strlen(PART) == found + length + 1;
}

// 1 if it was one, and is gone.
static int remove_one(int dir, const char *name)
{
    struct stat st;

    if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
        (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode)))
        return 0;
    cleanup_close int fd =
        openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

    if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) < 0) {
        log_why("not removed: %s: %s", name, errno_text(errno));
        return 0;
    }
    if (tree_remove(dir, name) < 0) {
        log_warn("can't remove %s: %s", name, errno_text(errno));
        return 0;
    }
    log_step("removed: %s, which was never completed", name);
    return 1;
}

int orphan_remove(int dir, const char *name)
{
    int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *entries = fd >= 0 ? fdopendir(fd) : NULL;
    const struct dirent *entry;
    int count = 0;

    if (entries == NULL) {
        if (fd >= 0)
            close(fd);
        return -1;
    }
    while ((entry = readdir(entries)) != NULL)
        if (is_part(entry->d_name, name))
            count += remove_one(dir, entry->d_name);
    closedir(entries);
    return count;
}
