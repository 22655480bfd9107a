// injection.c - what of the host's hardware support comes into a container.
// SPDX-License-Identifier: MIT
#include "core/run/injection.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"
#include "core/base/scope.h"

static bool has(const struct strlist *list, const char *s)
{
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->items[i], s) == 0)
            return true;
    return false;
}

static bool has_target(const struct injection *injection, const char *target)
{
    for (size_t i = 0; i < injection->bind_count; i++)
        if (strcmp(injection->binds[i].target, target) == 0)
            return true;
    return false;
}

int injection_bind(struct injection *injection, const struct bind *bind)
{
    struct strlist *strings = &injection->strings;
    struct bind *more;

    if (has_target(injection, bind->target))
        return 0;
    more =
        reallocarray(injection->binds, injection->bind_count + 1, sizeof *more);
    if (more == NULL)
        return failed(errno, "can't store what is injected");
    injection->binds = more;
    if (strlist_add(strings, bind->source) < 0 ||
        strlist_add(strings, bind->target) < 0)
        return -1;
    more += injection->bind_count++;
    *more = *bind;
    more->source = strings->items[strings->count - 2];
    more->target = strings->items[strings->count - 1];
    return 0;
}

int injection_variable(struct injection *injection, const char *text)
{
    return strlist_add(&injection->variables, text);
}

int injection_link(struct injection *injection, const char *link)
{
    return has(&injection->links, link) ? 0
                                        : strlist_add(&injection->links, link);
}

int injection_folder(struct injection *injection, const char *folder)
{
    cleanup_free char *plain = str_dup(folder);
    size_t length = plain == NULL ? 0 : strlen(plain);

    if (plain == NULL)
        return -1;
    while (length > 1 && plain[length - 1] == '/')
        plain[--length] = '\0';
    return has(&injection->folders, plain)
               ? 0
               : strlist_add(&injection->folders, plain);
}

void injection_free(struct injection *injection)
{
    free(injection->binds);
    strlist_free(&injection->variables);
    strlist_free(&injection->folders);
    strlist_free(&injection->links);
    strlist_free(&injection->strings);
    *injection = (struct injection){ 0 };
}
