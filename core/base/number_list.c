// number_list.c - "0-3,7", as the kernel and cpuset(7) write CPUs and nodes.
// SPDX-License-Identifier: MIT
#include "core/base/number_list.h"

#include <ctype.h>
#include <stdlib.h>

#define WORD_BITS (8 * sizeof(unsigned long))

static int read_number(const char **text, unsigned long *number)
{
    char *end;

    if (!isdigit((unsigned char)**text))
        return -1;
    *number = strtoul(*text, &end, 10);
    *text = end;
    return *number < NUMBER_LIST_MAX ? 0 : -1;
}

static void add(struct number_list *list, unsigned long number)
{
    unsigned long bit = 1ul << (number % WORD_BITS);

    if ((list->bits[number / WORD_BITS] & bit) == 0)
        list->count++;
    list->bits[number / WORD_BITS] |= bit;
}

int number_list_read(struct number_list *list, const char *text)
{
    unsigned long first, last;

    *list = (struct number_list){ .count = 0 };
    while (*text != '\0') {
        if (read_number(&text, &first) < 0)
            return -1;
        last = first;
        if (*text == '-') {
            text++;
            if (read_number(&text, &last) < 0 || last < first)
                return -1;
        }
        for (unsigned long n = first; n <= last; n++)
            add(list, n);
        if (*text == ',' && text[1] != '\0')
            text++;
        else if (*text != '\0')
            return -1;
    }
    return 0;
}
