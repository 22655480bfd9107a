// str.c - strings: made, compared, split, turned into numbers.
// SPDX-License-Identifier: MIT
#include "core/base/str.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"

static const struct {
    char letter, capital;
    unsigned shift;
} units[] = {
    { 'k', 'K', 10 },
    { 'm', 'M', 20 },
    { 'g', 'G', 30 },
    { 't', 'T', 40 },
};

// Digits up to *end, which is the first character behind them.
static int digits(const char *s, uint64_t *n, const char **end)
{
    uint64_t sum = 0;

    if (*s < '0' || *s > '9')
        return -1;
    for (; *s >= '0' && *s <= '9'; s++)
        if (__builtin_mul_overflow(sum, 10, &sum) ||
            __builtin_add_overflow(sum, *s - '0', &sum))
            return -1;
    *n = sum;
    *end = s;
    return 0;
}

char *str_printf(const char *fmt, ...)
{
    char *s;
    va_list ap;
    int length;

    va_start(ap, fmt);
    length = vasprintf(&s, fmt, ap);
    va_end(ap);
    if (length >= 0)
        return s;
    failed(errno, "can't make a string");
    return NULL;
}

char *str_dup(const char *s)
{
    char *copy = strdup(s);

    if (copy == NULL)
        failed(errno, "can't copy a string");
    return copy;
}

char *str_ndup(const char *s, size_t length)
{
    char *copy = strndup(s, length);

    if (copy == NULL)
        failed(errno, "can't copy a string");
    return copy;
}

uint64_t str_hash(const void *bytes, size_t size)
{
    const unsigned char *byte = bytes;
    uint64_t hash = 14695981039346656037U;

    for (size_t i = 0; i < size; i++)
        hash = (hash ^ byte[i]) * 1099511628211U;
    return hash;
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

int str_to_u64(const char *s, uint64_t *n)
{
    const char *end;
    uint64_t value;

    if (digits(s, &value, &end) < 0 || *end != '\0')
        return -1;
    *n = value;
    return 0;
}

int str_to_size(const char *s, uint64_t *bytes)
{
    const char *end;
    uint64_t value;

    if (digits(s, &value, &end) < 0)
        return -1;
    for (size_t i = 0; *end != '\0' && i < sizeof units / sizeof units[0]; i++)
        if (*end == units[i].letter || *end == units[i].capital) {
            if (value > UINT64_MAX >> units[i].shift)
                return -1;
            value <<= units[i].shift;
            end++;
            break;
        }
    if (*end != '\0')
        return -1;
    *bytes = value;
    return 0;
}

char *str_of_size(char text[STR_SIZE_TEXT], uint64_t bytes)
{
    bool small = bytes < 1 << 20;

    snprintf(text, STR_SIZE_TEXT, "%" PRIu64 " %s", bytes >> (small ? 10 : 20),
             small ? "KiB" : "MiB");
    return text;
}

// Room for one more and the NULL behind it.
static int grow(struct strlist *list)
{
    size_t room = list->room == 0 ? 8 : 2 * list->room;
    char **items;

    if (list->count + 1 < list->room)
        return 0;
    items = reallocarray(list->items, room, sizeof *items);
    if (items == NULL)
        return failed(errno, "can't store a list of strings");
    list->items = items;
    list->room = room;
    return 0;
}

int strlist_add(struct strlist *list, const char *s)
{
    char *copy = str_dup(s);

    return copy == NULL ? -1 : strlist_take(list, copy);
}

int strlist_take(struct strlist *list, char *s)
{
    if (s == NULL) // whoever made it has said why
        return -1;
    if (grow(list) < 0) {
        free(s);
        return -1;
    }
    list->items[list->count++] = s;
    list->items[list->count] = NULL;
    return 0;
}

void strlist_remove(struct strlist *list, size_t index)
{
    free(list->items[index]);
    // the NULL moves too
    memmove(&list->items[index], &list->items[index + 1],
            (list->count - index) * sizeof list->items[0]);
    list->count--;
}

bool strlist_same(const struct strlist *a, const struct strlist *b)
{
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++)
        if (strcmp(a->items[i], b->items[i]) != 0)
            return false;
    return true;
}

void strlist_free(struct strlist *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->items[i]);
    free(list->items);
    *list = (struct strlist){ 0 };
}
