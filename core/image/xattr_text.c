// xattr_text.c - extended attributes as texts, to be compared and shown.
// SPDX-License-Identifier: MIT
#include "core/image/xattr_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"
#include "core/base/scope.h"
#include "core/image/digest.h"

enum { SHOWN_MOST = 40 }; // bytes of a value

// Without a quotation mark, so what is between two of them is told apart.
static bool is_plain(const struct image_xattr *xattr)
{
    const char *bytes = xattr->value;

    for (size_t i = 0; i < xattr->size; i++)
        if (bytes[i] < ' ' || bytes[i] > '~' || bytes[i] == '"')
            return false;
    return true;
}

static char *digest_text(const struct image_xattr *xattr)
{
    struct digest digest;
    struct hash hash;

    hash_begin_sha256(&hash);
    hash_add(&hash, xattr->value, xattr->size);
    hash_end(&hash, &digest);
    return str_printf("%s=sha256:%s", xattr->name, digest.hex);
}

static char *hex_text(const struct image_xattr *xattr)
{
    const unsigned char *bytes = xattr->value;
    char hex[2 * SHOWN_MOST + 1] = "";

    for (size_t i = 0; i < xattr->size; i++)
        snprintf(hex + 2 * i, sizeof hex - 2 * i, "%02x", bytes[i]);
    return str_printf("%s=0x%s", xattr->name, hex);
}

static char *text_of(const struct image_xattr *xattr)
{
    if (xattr->size > SHOWN_MOST)
        return digest_text(xattr);
    if (!is_plain(xattr))
        return hex_text(xattr);
    return str_printf("%s=\"%.*s\"", xattr->name, (int)xattr->size,
                      (const char *)xattr->value);
}

static int compare(const void *a, const void *b)
{
    const char *const *one = a, *const *other = b;

    return strcmp(*one, *other);
}

int xattr_texts(const struct image_entry *entry, bool users_only,
                struct strlist *texts)
{
    for (size_t i = 0; i < entry->xattr_count; i++) {
        const struct image_xattr *xattr = &entry->xattrs[i];

        if ((!users_only || str_starts(xattr->name, "user.")) &&
            strlist_take(texts, text_of(xattr)) < 0)
            return -1;
    }
    if (texts->count > 1)
        qsort(texts->items, texts->count, sizeof *texts->items, compare);
    return 0;
}

static bool has(const struct strlist *list, const char *text)
{
    return list->count > 0 && bsearch(&text, list->items, list->count,
                                      sizeof *list->items, compare) != NULL;
}

char *xattr_texts_only(const struct strlist *of, const struct strlist *other)
{
    cleanup_free char *line = NULL;

    for (size_t i = 0; i < of->count; i++) {
        char *longer;

        if (has(other, of->items[i]))
            continue;
        longer = line == NULL ? str_dup(of->items[i])
                              : str_printf("%s %s", line, of->items[i]);
        if (longer == NULL)
            return NULL;
        free(line);
        line = longer;
    }
    return line != NULL ? steal_ptr(&line) : str_dup("none");
}
