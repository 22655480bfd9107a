// exclude.c - names that are left out of an image.
// SPDX-License-Identifier: MIT
#include "core/image/exclude.h"

#include <limits.h>
#include <string.h>

#include "core/base/glob.h"

static bool is_match(const char *pattern, const char *path)
{
    const char *slash = strrchr(path, '/');

    if (strchr(pattern, '/') != NULL)
        return glob_matches(pattern + (pattern[0] == '/'), path);
    return glob_matches(pattern, slash != NULL ? slash + 1 : path);
}

static bool is_any(const struct strlist *patterns, const char *path)
{
    for (size_t i = 0; i < patterns->count; i++)
        if (is_match(patterns->items[i], path))
            return true;
    return false;
}

bool exclude_matches(const struct strlist *patterns, const char *path)
{
    char above[PATH_MAX];

    if (patterns->count == 0 || path[0] == '\0')
        return false;
    for (const char *at = path; (at = strchr(at, '/')) != NULL; at++) {
        size_t length = (size_t)(at - path);

        memcpy(above, path, length);
        above[length] = '\0';
        if (is_any(patterns, above))
            return true;
    }
    return is_any(patterns, path);
}
