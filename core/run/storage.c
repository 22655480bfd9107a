// storage.c - images by name: Charliecloud's storage directory.
//
// DIR/img has an entry for each image, a directory or a SquashFS file: the name
// with "/" as "%" and ":" as "+". What has such an entry is a name, even if there
// is a file of this name too; a path that begins with "/" or "." never is one.
// SPDX-License-Identifier: MIT
#include "core/run/storage.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/log.h"
#include "core/base/scope.h"
#include "core/base/str.h"
#include "core/run/users.h"

char *storage_dir(const struct container *plan)
{
    const char *chosen = getenv("CH_IMAGE_STORAGE");
    cleanup_free char *user = NULL;

    if (plan->storage != NULL)
        return str_dup(plan->storage);
    if (chosen != NULL && chosen[0] != '\0')
        return str_dup(chosen);
    user = users_name();
    return user == NULL ? NULL : str_printf("/var/tmp/%s.ch", user);
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

    if (plan->image[0] == '/' || plan->image[0] == '.')
        return 0;
    dir = storage_dir(plan);
    if (dir == NULL)
        return -1;
    found = str_printf("%s/img/%s", dir, plan->image);
    if (found == NULL)
        return -1;
    for (char *at = found + strlen(dir) + strlen("/img/"); *at != '\0'; at++)
        if (*at == '/')
            *at = '%';
        else if (*at == ':')
            *at = '+';
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
