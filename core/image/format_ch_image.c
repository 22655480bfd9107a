// format_ch_image.c - the format "ch-image": directories that have names in
// Charliecloud's storage.
// SPDX-License-Identifier: MIT
#include "core/image/format.h"

#include <string.h>

#include "core/base/scope.h"
#include "core/image/stored.h"

static char *locate(const char *storage, const char *name)
{
    cleanup_free char *dir = stored_dir(storage);

    return dir != NULL ? stored_path(dir, name) : NULL;
}

// The path is "DIR/img/NAME".
static int prepare(const char *path, bool dry)
{
    cleanup_free char *dir = str_dup(path);

    if (dir == NULL)
        return -1;
    for (int i = 0; i < 2; i++)
        *strrchr(dir, '/') = '\0';
    if (stored_exists(dir))
        return 1;
    return dry ? 0 : stored_make(dir);
}

// Whatever has a name there is an image.
static bool is_image(int dir)
{
    return dir >= 0;
}

const struct image_format format_ch_image = {
    .names = { "ch-image" },
    .directory = true,
    .tree = true,
    .locate = locate,
    .prepare = prepare,
    .replaceable = is_image,
    .read = format_read_dir,
    .write = format_write_dir,
};
