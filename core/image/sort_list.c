// sort_list.c - the order in which the data of files are to be in an image.
// SPDX-License-Identifier: MIT
#include "core/image/sort_list.h"

#include <fcntl.h>
#include <string.h>

#include "core/base/fs.h"
#include "core/base/scope.h"

enum { SIZE_MAX_READ = 64 << 20 }; // bytes: a million paths of 64

int sort_list_read(const char *path, struct strlist *list)
{
    size_t length;
    cleanup_free char *text = fs_read(AT_FDCWD, path, SIZE_MAX_READ, &length);
    char *save = NULL;

    if (text == NULL)
        return -1;
    for (const char *line = strtok_r(text, "\n", &save); line != NULL;
         line = strtok_r(NULL, "\n", &save))
        if (strlist_add(list, line) < 0)
            return -1;
    return 0;
}
