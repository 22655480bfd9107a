// image_user.c - the user that an image's configuration names, by number.
// SPDX-License-Identifier: MIT
#include "core/image/image_user.h"

#include <stdint.h>
#include <string.h>

#include "core/base/str.h"

enum { FIELDS = 4 }; // that are of interest: name, password, id, group's id

struct field {
    const char *text;
    size_t length;
};

// The fields of a line, as many as there are; the line behind it.
static const char *split(const char *line, struct field fields[FIELDS])
{
    const char *end = line + strcspn(line, "\n");

    memset(fields, 0, FIELDS * sizeof *fields);
    for (int i = 0; i < FIELDS && line <= end; i++) {
        size_t length = strcspn(line, ":\n");

        fields[i] = (struct field){ line, length };
        line += length + 1;
    }
    return *end == '\0' ? end : end + 1;
}

static bool is_text(const struct field *field, const char *text, size_t length)
{
    return field->text != NULL && field->length == length &&
           memcmp(field->text, text, length) == 0;
}

// An id; the largest means "none" to the kernel.
static bool is_id(const char *text, size_t length, unsigned *id)
{
    uint64_t n = 0;

    if (text == NULL || length == 0 || length > 10)
        return false;
    for (size_t i = 0; i < length; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        n = 10 * n + (uint64_t)(text[i] - '0');
    }
    *id = (unsigned)n;
    return n < UINT32_MAX;
}

// The first line whose field, by its number, is this.
static bool find(const char *list, int which, const struct field *wanted,
                 struct field fields[FIELDS])
{
    while (list != NULL && *list != '\0') {
        list = split(list, fields);
        if (is_text(&fields[which], wanted->text, wanted->length))
            return true;
    }
    return false;
}

// By name, or by number, which need not be listed.
static bool find_id(const char *list, const struct field *wanted,
                    struct field fields[FIELDS], unsigned *id)
{
    if (find(list, 0, wanted, fields) &&
        is_id(fields[2].text, fields[2].length, id))
        return true;
    if (!is_id(wanted->text, wanted->length, id))
        return false;
    if (!find(list, 2, wanted, fields))
        memset(fields, 0, FIELDS * sizeof *fields);
    return true;
}

bool image_user_find(const char *user, const char *passwd, const char *group,
                     struct image_user *found)
{
    size_t length = strcspn(user, ":");
    struct field name = { user, length };
    struct field fields[FIELDS];

    *found = (struct image_user){ 0 };
    if (!find_id(passwd, &name, fields, &found->uid))
        return false;
    if (user[length] == ':' && user[length + 1] != '\0') {
        name.text = user + length + 1;
        name.length = strlen(name.text);
        return find_id(group, &name, fields, &found->gid);
    }
    if (!is_id(fields[3].text, fields[3].length, &found->gid))
        found->gid = 0;
    return true;
}
