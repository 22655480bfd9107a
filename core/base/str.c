// str.c - strings: made, compared, split, turned into numbers.
// SPDX-License-Identifier: MIT
#include "core/base/str.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"

#define DECIMAL 10

static char *checked(char *s)
{
    if (s == NULL)
        failed(ENOMEM, "can't make a string");
    return s;
}

char *str_printf(const char *fmt, ...)
{
    va_list ap;
    char *s;
    int length;

    va_start(ap, fmt);
    length = vasprintf(&s, fmt, ap);
    va_end(ap);
    return checked(length < 0 ? NULL : s);
}

char *str_dup(const char *s)
{
    return checked(strdup(s));
}

char *str_ndup(const char *s, size_t length)
{
    return checked(strndup(s, length));
}

bool str_starts(const char *s, const char *prefix)
{
    return strncmp(s, prefix, strlen(prefix)) == 0;
}

bool str_ends(const char *s, const char *suffix)
{
    size_t length = strlen(s);
    size_t tail = strlen(suffix);

    return length >= tail && strcmp(s + length - tail, suffix) == 0;
}

// The digits at the start of "s"; NULL if there are none or too many of them.
static const char *digits(const char *s, uint64_t *n)
{
    const char *p = s;

    *n = 0;
    for (; *p >= '0' && *p <= '9'; p++)
        if (__builtin_mul_overflow(*n, (uint64_t)DECIMAL, n) ||
            __builtin_add_overflow(*n, (uint64_t)(*p - '0'), n))
            return NULL;
    return p == s ? NULL : p;
}

int str_to_u64(const char *s, uint64_t *n)
{
    const char *end = digits(s, n);

    return end != NULL && *end == '\0' ? 0 : -1;
}

int str_to_size(const char *s, uint64_t *bytes)
{
    static const char units[] = "KMGT";
    const char *end = digits(s, bytes);
    const char *unit;

    if (end == NULL)
        return -1;
    if (*end == '\0')
        return 0;
    unit = strchr(units, *end & ~('a' - 'A'));
    if (unit == NULL || *unit == '\0' || end[1] != '\0')
        return -1;
    for (long i = unit - units; i >= 0; i--)
        if (__builtin_mul_overflow(*bytes, (uint64_t)1024, bytes))
            return -1;
    return 0;
}

int strlist_take(struct strlist *list, char *s)
{
    char **more;

    if (s == NULL)
        return -1;
    if (list->count + 2 > list->room) {
        size_t room = 2 * list->room + 8; // grows by doubling

        more = reallocarray(list->items, room, sizeof *more);
        if (more == NULL) {
            free(s);
            return failed(ENOMEM, "can't add to a list");
        }
        list->items = more;
        list->room = room;
    }
    list->items[list->count++] = s;
    list->items[list->count] = NULL;
    return 0;
}

int strlist_add(struct strlist *list, const char *s)
{
    return strlist_take(list, str_dup(s));
}

void strlist_remove(struct strlist *list, size_t index)
{
    free(list->items[index]);
    memmove(&list->items[index], &list->items[index + 1],
            (list->count - index) * sizeof *list->items);
    list->count--;
}

void strlist_free(struct strlist *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->items[i]);
    free(list->items);
    *list = (struct strlist){ 0 };
}
