// targets.c - where the mounts of a view go: checked on the host.
// SPDX-License-Identifier: MIT
#include "core/run/targets.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/fs.h"
#include "core/base/log.h"
#include "core/base/scope.h"
#include "core/base/str.h"

static const char *what(const struct view_mount *mount)
{
    return mount->kind == VIEW_TMPFS ? "a tmpfs" : mount->source;
}

// One slash between names, and none behind.
static void tidy(char *path)
{
    char *to = path;

    for (const char *from = path; *from != '\0'; from++)
        if (*from != '/' || (from[1] != '/' && from[1] != '\0'))
            *to++ = *from;
    if (to == path)
        *to++ = '/';
    *to = '\0';
}

// A directory gets a mount point that it lacks by a read-only cover: who could
// write to it is told that he can't.
static int warn_of_cover(const char *target)
{
    cleanup_free char *path = str_dup(target);
    char *slash;

    if (path == NULL)
        return -1;
    while (access(path, F_OK) < 0 && (slash = strrchr(path, '/')) != path)
        *slash = '\0';
    if (strrchr(path, '/') != path && access(path, W_OK) == 0)
        log_warn("no files can be made directly in %s by the command, as the "
                 "mount point %s is missing there: mkdir it to mend that",
                 path, target);
    return 0;
}

static char *find_there(const struct view_mount *mount)
{
    char *path = realpath(mount->target, NULL);
    struct stat st;

    if (path == NULL) {
        failed(errno, "can't mount %s at %s", what(mount), mount->target);
    } else if (stat(path, &st) == 0 && !S_ISDIR(st.st_mode)) {
        failed(ENOTDIR, "can't mount %s at %s", what(mount), mount->target);
        free(path);
        path = NULL;
    }
    return path;
}

static int check_one(const struct view_mount *mount, const char *target)
{
    bool needs_directory = mount->kind != VIEW_BIND;
    struct stat st, root;

    if (mount->target[0] != '/')
        return failed(0, "can't mount %s at %s: the path must be absolute",
                      what(mount), mount->target);
    if (stat(target, &st) < 0)
        return errno == ENOENT
                   ? 0
                   : failed(errno, "can't mount %s at %s", what(mount), target);
    if (needs_directory && !S_ISDIR(st.st_mode))
        return failed(ENOTDIR, "can't mount %s at %s", what(mount), target);
    if (stat("/", &root) == 0 && root.st_dev == st.st_dev &&
        root.st_ino == st.st_ino)
        return failed(0,
                      "can't mount %s at %s: it would hide all that is there",
                      what(mount), target);
    return 0;
}

// Is it below there?
static bool is_in(const char *path, const char *dir)
{
    return str_starts(path, dir) && path[strlen(dir)] == '/';
}

char *target_find(const struct view_mount *mount)
{
    cleanup_free char *path =
        mount->is_there ? find_there(mount) : str_dup(mount->target);
    struct view_mount resolved = *mount;

    if (path == NULL)
        return NULL;
    tidy(path);
    if (mount->is_there)
        resolved.target = path;
    return check_one(&resolved, path) == 0 ? steal_ptr(&path) : NULL;
}

int targets_check(const struct sources *sources)
{
    const char *new = sources->items[sources->count - 1].target;
    bool on_host = true;

    for (size_t i = 0; i + 1 < sources->count; i++) {
        const char *old = sources->items[i].target;

        if (strcmp(old, new) == 0)
            return failed(0, "more than one mount at %s", new);
        if (is_in(old, new))
            return failed(0,
                          "a mount at %s would hide the one at %s: give it "
                          "first",
                          new, old);
        if (is_in(new, old))
            on_host = false;
    }
    return on_host && access(new, F_OK) < 0 ? warn_of_cover(new) : 0;
}
