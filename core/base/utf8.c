// utf8.c - names of files, which may be of any bytes, as text.
// SPDX-License-Identifier: MIT
#include "core/base/utf8.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"

enum { ESCAPED = 4 }; // characters that may stand for a byte

size_t utf8_length(const char *text)
{
    static const struct {
        unsigned char first, last; // of the first byte
        unsigned char low, high;   // of the second one
        size_t length;
    } rows[] = {
        { 0xc2, 0xdf, 0x80, 0xbf, 2 }, { 0xe0, 0xe0, 0xa0, 0xbf, 3 },
        { 0xe1, 0xec, 0x80, 0xbf, 3 }, { 0xed, 0xed, 0x80, 0x9f, 3 },
        { 0xee, 0xef, 0x80, 0xbf, 3 }, { 0xf0, 0xf0, 0x90, 0xbf, 4 },
        { 0xf1, 0xf3, 0x80, 0xbf, 4 }, { 0xf4, 0xf4, 0x80, 0x8f, 4 },
    };
    const unsigned char *p = (const unsigned char *)text;

    if (p[0] < 0x80)
        return 1;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (p[0] < rows[i].first || p[0] > rows[i].last)
            continue;
        if (p[1] < rows[i].low || p[1] > rows[i].high)
            return 0;
        for (size_t k = 2; k < rows[i].length; k++)
            if ((p[k] & 0xc0) != 0x80)
                return 0;
        return rows[i].length;
    }
    return 0;
}

// The C0 and C1 sets of ECMA-48, and DEL.
static bool is_control(const char *text)
{
    unsigned char c = (unsigned char)text[0];

    return c < ' ' || c == 0x7f || (c == 0xc2 && (unsigned char)text[1] < 0xa0);
}

static char *escape(char *to, const char *from, size_t size)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)from[i];

        *to++ = '\\';
        *to++ = 'x';
        *to++ = digits[c >> 4];
        *to++ = digits[c & 15];
    }
    return to;
}

char *utf8_shown(const char *text)
{
    char *shown = malloc(ESCAPED * strlen(text) + 1);
    char *to = shown;

    if (shown == NULL) {
        failed(errno, "can't show a name");
        return NULL;
    }
    while (*text != '\0') {
        size_t length = utf8_length(text);

        if (*text == '\\')
            to = stpcpy(to, "\\\\");
        else if (length == 0 || is_control(text))
            to = escape(to, text, length > 0 ? length : 1);
        else
            to = mempcpy(to, text, length);
        text += length > 0 ? length : 1;
    }
    *to = '\0';
    return shown;
}
