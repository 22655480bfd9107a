// late.c - modes, times and default access control lists of directories, which
// are set when all is in them.
// SPDX-License-Identifier: MIT
#include "core/image/late.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include "core/base/err.h"
#include "core/base/fs.h"
#include "core/base/scope.h"
#include "core/base/str.h"
#include "core/image/acl.h"

enum { ROOM_FIRST = 64 };

static int copy_acl(struct late *to, const struct image_xattr *acl)
{
    if (acl == NULL)
        return 0;
    to->acl = malloc(acl->size);
    if (to->acl == NULL)
        return failed(errno, "can't list directories");
    memcpy(to->acl, acl->value, acl->size);
    to->acl_size = acl->size;
    return 0;
}

int lates_add(struct lates *lates, const char *path, const struct late *late,
              const struct image_xattr *acl)
{
    struct late *to;

    if (lates->count == lates->room) {
        size_t room = lates->room > 0 ? 2 * lates->room : ROOM_FIRST;

        to = reallocarray(lates->items, room, sizeof *to);
        if (to == NULL)
            return failed(errno, "can't list directories");
        lates->items = to;
        lates->room = room;
    }
    to = &lates->items[lates->count++];
    *to = *late;
    to->path = str_dup(path);
    return to->path == NULL ? -1 : copy_acl(to, acl);
}

void lates_note_time(struct lates *lates, const struct timespec *time)
{
    struct timespec *newest = &lates->newest;

    if (time->tv_sec > newest->tv_sec ||
        (time->tv_sec == newest->tv_sec && time->tv_nsec > newest->tv_nsec))
        *newest = *time;
}

// A later entry took its place, or that of a directory above.
static bool is_gone(int errnum)
{
    return errnum == ENOENT || errnum == ENOTDIR || errnum == ELOOP;
}

static int set_one(const struct lates *lates, const struct late *late, int root)
{
    struct timespec time = late->unlisted ? lates->newest : late->mtime;
    struct timespec times[] = { time, time };
    bool is_root = late->path[0] == '\0';
    cleanup_close int fd =
        fs_open_in_root(root, is_root ? "." : late->path,
                        O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
    struct stat st;

    if (fd < 0 && is_gone(errno))
        return 0;
    if (fd < 0 || fstat(fd, &st) < 0)
        return failed(errno, "can't set the mode of /%s", late->path);
    if (!is_root && st.st_ino != late->ino)
        return 0;
    // as other extended attributes, it need not be possible
    if (late->acl != NULL)
        (void)fsetxattr(fd, ACL_DEFAULT_XATTR, late->acl, late->acl_size, 0);
    if (fchmod(fd, late->mode) < 0 || futimens(fd, times) < 0)
        return failed(errno, "can't set the mode of /%s", late->path);
    return 0;
}

int lates_set(const struct lates *lates, int root)
{
    for (size_t i = 0; i < lates->count; i++)
        if (set_one(lates, &lates->items[i], root) < 0)
            return -1;
    return 0;
}

void lates_free(struct lates *lates)
{
    for (size_t i = 0; i < lates->count; i++) {
        free(lates->items[i].path);
        free(lates->items[i].acl);
    }
    free(lates->items);
}
