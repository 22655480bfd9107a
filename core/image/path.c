// path.c - names of entries, made clean.
// SPDX-License-Identifier: MIT
#include "core/image/path.h"

#include <errno.h>
#include <string.h>

#include "core/base/err.h"

#define SHOWN 200 // bytes of a name that is too long, in a message

static int add(char clean[PATH_MAX], size_t *length, const char *name,
               size_t size)
{
    if (*length + 1 + size >= PATH_MAX) {
        errno = ENAMETOOLONG;
        return -1;
    }
    if (*length > 0)
        clean[(*length)++] = '/';
    memcpy(clean + *length, name, size);
    *length += size;
    clean[*length] = '\0';
    return 0;
}

int path_clean(const char *raw, char clean[PATH_MAX])
{
    size_t length = 0;

    clean[0] = '\0';
    for (const char *name = raw + strspn(raw, "/"); *name != '\0';) {
        size_t size = strcspn(name, "/");

        if (size == 2 && memcmp(name, "..", 2) == 0)
            return failed(0, "a name with \"..\" in it: %.*s", SHOWN, raw);
        if (size != 1 || name[0] != '.')
            if (add(clean, &length, name, size) < 0)
                return failed(errno, "%.*s...", SHOWN, raw);
        name += size;
        name += strspn(name, "/");
    }
    return 0;
}
