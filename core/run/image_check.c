// image_check.c - what is told of an image's path before it is used.
// SPDX-License-Identifier: MIT
#include "core/run/image_check.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/scope.h"
#include "core/image/bundle.h"

// Nothing is mounted there, as no mount point is needed (core/kernel/root.h);
// but a script that names a wrong one is told, as Charliecloud does.
int image_check_mount_point(const char *path)
{
    struct stat st;

    if (path == NULL)
        return 0;
    if (stat(path, &st) < 0)
        return failed(errno, "can't stat mount point: %s", path);
    if (!S_ISDIR(st.st_mode))
        return failed(0, "not a directory: %s", path);
    return 0;
}

// Where the command would not be found.
int image_check_bundle(const char *path)
{
    cleanup_close int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (dir < 0 || !bundle_is(dir) || faccessat(dir, "usr", F_OK, 0) == 0)
        return 0;
    return failed(0,
                  "a runtime bundle: %s (hint: ch-oci runs it; ch-run takes "
                  "the root file system in it)",
                  path);
}

// Else the first mount point in it would be what can't be opened.
int image_check_search(const char *path)
{
    if (access(path, X_OK) == 0)
        return 0;
    return failed(errno, "can't search the image directory %s", path);
}
