// storage.c - images by name: Charliecloud's storage directory.
//
// What has an entry there (core/image/stored.h) is a name, even if there is a
// file of this name too; a path that begins with "/" or "." never is one.
// SPDX-License-Identifier: MIT
#include "core/run/storage.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/log.h"
#include "core/base/scope.h"
#include "core/base/str.h"
#include "core/image/stored.h"

char *storage_dir(const struct container *plan)
{
    return stored_dir(plan->storage);
}

void storage_check(const struct container *plan)
{
    if (plan->storage != NULL && access(plan->storage, F_OK) < 0)
        log_warn("storage directory not found: %s", plan->storage);
}

int storage_find(const struct container *plan, char **path)
{
    cleanup_free char *dir = NULL;
    cleanup_free char *found = NULL;

    if (!stored_may_be(plan->image))
        return 0;
    dir = storage_dir(plan);
    found = dir != NULL ? stored_path(dir, plan->image) : NULL;
    if (found == NULL)
        return -1;
    if (access(found, F_OK) < 0)
        return 0; // whatever the reason, the path will be tried
    *path = steal_ptr(&found);
    return 1;
}

// Asked only of paths that look so: each question costs a start's time.
int storage_holds(const struct container *plan, const char *path)
{
    const char *img = strstr(path, "/img/");
    cleanup_free char *dir = NULL;
    cleanup_free char *above = NULL;
    struct stat storage, other;

    if (img == NULL)
        return 0;
    dir = storage_dir(plan);
    above = str_ndup(path, (size_t)(img - path));
    if (dir == NULL || above == NULL)
        return -1;
    return stat(dir, &storage) == 0 &&
           stat(above[0] != '\0' ? above : "/", &other) == 0 &&
           storage.st_dev == other.st_dev && storage.st_ino == other.st_ino;
}
