// stored.c - images by name: Charliecloud's storage directory.
// SPDX-License-Identifier: MIT
#include "core/image/stored.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/account.h"
#include "core/base/err.h"
#include "core/base/fs.h"
#include "core/base/log.h"
#include "core/base/scope.h"
#include "core/base/str.h"
#include "core/image/tree.h"

// What ch-image takes for a storage directory of its own, no more and no less:
// Charliecloud 0.37 to 0.45, lib/filesystem.py.
#define VERSION "7\n"
static const char *const folders[] = { "bucache", "bularge", "dlcache", "img",
                                       "ulcache" };

char *stored_dir(const char *chosen)
{
    const char *from = chosen != NULL ? chosen : getenv("CH_IMAGE_STORAGE");
    cleanup_free char *user = NULL;

    if (from != NULL && (from == chosen || from[0] != '\0'))
        return str_dup(from);
    user = account_of_caller(names_deadline());
    return user == NULL ? NULL : str_printf("/var/tmp/%s.ch", user);
}

char *stored_path(const char *dir, const char *name)
{
    char *path = str_printf("%s/img/%s", dir, name);

    if (path == NULL)
        return NULL;
    for (char *at = path + strlen(dir) + strlen("/img/"); *at != '\0'; at++)
        if (*at == '/')
            *at = '%';
        else if (*at == ':')
            *at = '+';
    return path;
}

bool stored_may_be(const char *name)
{
    return name[0] != '\0' && name[0] != '/' && name[0] != '.';
}

bool stored_exists(const char *dir)
{
    cleanup_free char *img = str_printf("%s/img", dir);
    struct stat st;

    return img != NULL && stat(img, &st) == 0 && S_ISDIR(st.st_mode);
}

static int fill(int dir)
{
    int fd;

    for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++)
        if (mkdirat(dir, folders[i], 0777) < 0 && errno != EEXIST)
            return -1;
    fd = openat(dir, "version",
                O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
    if (fd < 0)
        return errno == EEXIST ? 0 : -1;
    if (fs_write_all(fd, VERSION, strlen(VERSION)) == 0)
        return close(fd);
    close(fd);
    return -1;
}

int stored_make(const char *dir)
{
    bool is_new;

    if (stored_exists(dir))
        return 0;
    log_step("making the storage directory %s", dir);
    is_new = mkdir(dir, 0777) == 0;
    if (!is_new && errno != EEXIST)
        return failed(errno, "can't make the storage directory %s", dir);
    cleanup_close int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0)
        return failed(errno, "can't open the storage directory %s", dir);
    if (!is_new && !tree_is_empty(fd)) // it is not ours to fill
        return failed(0,
                      "not a storage directory: %s (there is no img in it; "
                      "--storage tells another)",
                      dir);
    if (fill(fd) < 0)
        return failed(errno, "can't make the storage directory %s", dir);
    return 0;
}
