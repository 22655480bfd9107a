// fetch_list.c - which files of an image are to be fetched before anybody asks.
// SPDX-License-Identifier: MIT
#include "core/run/fetch_list.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"
#include "core/base/fs.h"
#include "core/base/log.h"
#include "core/base/scope.h"
#include "core/base/str.h"

enum { LIST_MAX = 64 << 20 }; // bytes: a million paths of 64

static char *read_list(const char *path)
{
    return fs_read_regular(AT_FDCWD, path, LIST_MAX, NULL);
}

// It is a hint that nobody asked for by name: whatever is wrong with it is no
// reason to fail.
static int find(struct fetch_list *list, const char *image)
{
    cleanup_free char *path = str_printf("%s" FETCH_SUFFIX, image);

    if (path == NULL)
        return -1;
    list->text = read_list(path);
    if (list->text != NULL)
        return 0;
    log_why("no list beside the image: %s", err_text());
    err_clear();
    list->own = true;
    return 0;
}

int fetch_list_read(struct fetch_list *list, const char *wanted,
                    const char *image)
{
    *list = (struct fetch_list){ 0 };
    if (wanted == NULL)
        return 0;
    if (strcmp(wanted, FETCH_AUTO) == 0)
        return find(list, image);
    list->text = read_list(wanted);
    return list->text != NULL ? 0 : failed_while("--prefetch");
}

void fetch_list_free(struct fetch_list *list)
{
    free(list->text);
    *list = (struct fetch_list){ 0 };
}
