// self.c - this program's own file, for a container that starts containers.
//
// /proc/self/exe itself can't be bound: it leads into the mount namespace in
// which the program was started, which is not that of the container.
// SPDX-License-Identifier: MIT
#include "core/run/self.h"

#include <stddef.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "core/base/fs.h"
#include "core/base/install.h"
#include "core/base/scope.h"

#define SELF "/proc/self/exe"

char *self_path(void)
{
    cleanup_free char *path = realpath(SELF, NULL);
    struct stat running, found;

    // the link may name another file by now: batch systems replace theirs
    if (path == NULL || stat(SELF, &running) < 0 || stat(path, &found) < 0 ||
        running.st_dev != found.st_dev || running.st_ino != found.st_ino)
        return NULL;
    return steal_ptr(&path);
}

int self_copy(int dir, const char *name)
{
    static const struct command no_links[] = { { NULL, NULL, NULL } };
    char path[FS_FD_PATH];

    return install_program(fs_fd_path(path, dir), name, no_links);
}
