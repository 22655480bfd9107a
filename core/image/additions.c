// additions.c - the list of what is put into an image on its way.
// SPDX-License-Identifier: MIT
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"
#include "core/base/scope.h"
#include "core/base/str.h"
#include "core/image/add.h"
#include "core/image/path.h"

static void addition_free(struct addition *addition)
{
    free(addition->source);
    free(addition->target);
    free(addition->path);
}

// Takes the strings of "addition" over, which are NULL where there was no
// memory or where there is nothing to tell.
static int put(struct additions *list, struct addition addition)
{
    if (addition.path == NULL ||
        (addition.source == NULL && addition.target == NULL)) {
        addition_free(&addition);
        return -1;
    }
    if (list->count == list->room) {
        size_t room = list->room > 0 ? 2 * list->room : 8;
        void *more = reallocarray(list->items, room, sizeof *list->items);

        if (more == NULL) {
            addition_free(&addition);
            return failed(errno, "can't list what to add");
        }
        list->items = more;
        list->room = room;
    }
    list->items[list->count++] = addition;
    return 0;
}

// A destination that ends with a slash is the directory to put it into.
static char *full_path(const char *source, const char *destination)
{
    size_t length = strlen(source);
    size_t start;

    if (!str_ends(destination, "/"))
        return str_dup(destination);
    while (length > 1 && source[length - 1] == '/')
        length--;
    for (start = length; start > 0 && source[start - 1] != '/'; start--)
        ;
    return str_printf("%s%.*s", destination, (int)(length - start),
                      source + start);
}

int additions_parse(struct additions *list, const char *text)
{
    const char *colon = strrchr(text, ':');
    char clean[PATH_MAX];

    if (colon == NULL || colon == text || colon[1] != '/')
        return failed(0, "--add: not SRC:DST with an absolute DST: %s", text);
    cleanup_free char *source = str_ndup(text, (size_t)(colon - text));
    cleanup_free char *path =
        source != NULL ? full_path(source, colon + 1) : NULL;

    if (path == NULL || path_clean(path, clean) < 0)
        return -1;
    if (strcmp(clean, "dev") == 0 || str_starts(clean, "dev/"))
        return failed(0,
                      "--add: in a container /dev is the host's, and what is "
                      "below it in an image is left out: /%s",
                      clean);
    return put(list, (struct addition){ .source = steal_ptr(&source),
                                        .path = str_dup(clean) });
}

static const char *relative(const char *path)
{
    return path + strspn(path, "/");
}

int additions_put_link(struct additions *list, const char *target,
                       const char *path)
{
    return put(list, (struct addition){ .target = str_dup(target),
                                        .path = str_dup(relative(path)) });
}

int additions_put_program(struct additions *list, const char *source,
                          const char *path)
{
    return put(list, (struct addition){ .source = str_dup(source),
                                        .path = str_dup(relative(path)),
                                        .program = true });
}

void additions_free(struct additions *list)
{
    for (size_t i = 0; i < list->count; i++)
        addition_free(&list->items[i]);
    free(list->items);
    *list = (struct additions){ 0 };
}
