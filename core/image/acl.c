// acl.c - access control lists, between file systems and archives.
// SPDX-License-Identifier: MIT
#include "core/image/acl.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"
#include "core/base/log.h"

// As linux/posix_acl_xattr.h has it: a version, and entries; little-endian.
enum {
    VERSION = 2,
    HEAD_SIZE = 4,
    ROW_SIZE = 8, // tag, permissions: 2 bytes; id: 4 bytes
    MASK = 0x10,  // a tag
};

static const struct kind {
    const char *xattr;
    int type;
} kinds[ACL_KINDS] = {
    { ACL_ACCESS_XATTR, ARCHIVE_ENTRY_ACL_TYPE_ACCESS },
    { ACL_DEFAULT_XATTR, ARCHIVE_ENTRY_ACL_TYPE_DEFAULT },
};

// In the order in which the kernel wants them.
static const struct tag {
    unsigned number;
    int tag;
    bool has_id;
} tags[] = {
    { 0x01, ARCHIVE_ENTRY_ACL_USER_OBJ, false },
    { 0x02, ARCHIVE_ENTRY_ACL_USER, true },
    { 0x04, ARCHIVE_ENTRY_ACL_GROUP_OBJ, false },
    { 0x08, ARCHIVE_ENTRY_ACL_GROUP, true },
    { MASK, ARCHIVE_ENTRY_ACL_MASK, false },
    { 0x20, ARCHIVE_ENTRY_ACL_OTHER, false },
};

enum { TAGS = sizeof tags / sizeof tags[0] };

// A list that grows, as the kernel has it.
struct list {
    uint8_t *bytes;
    size_t size, room;
};

static uint64_t number(const uint8_t *bytes, size_t size)
{
    uint64_t n = 0;

    while (size-- > 0)
        n = n << 8 | bytes[size];
    return n;
}

static void put_number(struct list *list, uint64_t n, size_t size)
{
    for (; size > 0; size--, n >>= 8)
        list->bytes[list->size++] = (uint8_t)n;
}

static int reserve(struct list *list, size_t more)
{
    uint8_t *bytes;

    if (list->size + more <= list->room)
        return 0;
    list->room = 2 * (list->size + more);
    bytes = realloc(list->bytes, list->room);
    if (bytes == NULL) {
        failed(errno, "can't keep an access control list");
        return -1;
    }
    list->bytes = bytes;
    return 0;
}

static int put_row(struct list *list, const struct tag *tag, int permissions,
                   int id)
{
    if (reserve(list, ROW_SIZE) < 0)
        return -1;
    put_number(list, tag->number, 2);
    put_number(list, (unsigned)permissions & 7, 2);
    put_number(list, tag->has_id ? (uint32_t)id : UINT32_MAX, 4);
    return 0;
}

// Append the entries with this tag. 1; 0: one has a name only; -1 after
// failed().
static int put_rows(struct list *list, struct archive_entry *from,
                    const struct kind *kind, const struct tag *tag)
{
    int type, permissions, found, id;
    const char *name;

    archive_entry_acl_reset(from, kind->type);
    while (archive_entry_acl_next(from, kind->type, &type, &permissions, &found,
                                  &id, &name) == ARCHIVE_OK) {
        if (found != tag->tag)
            continue;
        if (tag->has_id && id < 0) {
            log_why("left out: the access control list of /%s, which has a "
                    "name without a number: %s",
                    archive_entry_pathname(from), name != NULL ? name : "");
            return 0;
        }
        if (put_row(list, tag, permissions, id) < 0)
            return -1;
    }
    return 1;
}

// As put_rows().
static int take(struct archive_entry *from, const struct kind *kind,
                struct list *list)
{
    if (reserve(list, HEAD_SIZE) < 0)
        return -1;
    put_number(list, VERSION, HEAD_SIZE);
    for (size_t i = 0; i < TAGS; i++) {
        int status = put_rows(list, from, kind, &tags[i]);

        if (status <= 0)
            return status;
    }
    return 1;
}

// The permissions of the mask, or -1: there is none.
static int find_mask(const struct list *list)
{
    for (const uint8_t *row = list->bytes + HEAD_SIZE;
         row < list->bytes + list->size; row += ROW_SIZE)
        if (number(row, 2) == MASK)
            return (int)number(row + 2, 2);
    return -1;
}

bool acl_is(const char *xattr)
{
    for (size_t i = 0; i < ACL_KINDS; i++)
        if (strcmp(xattr, kinds[i].xattr) == 0)
            return true;
    return false;
}

static const struct tag *find_tag(uint64_t tag)
{
    for (size_t i = 0; i < TAGS; i++)
        if (tags[i].number == tag)
            return &tags[i];
    return NULL;
}

void acl_to_archive(const struct image_xattr *xattr, struct archive_entry *to)
{
    const uint8_t *bytes = xattr->value;
    size_t kind = strcmp(xattr->name, kinds[0].xattr) == 0 ? 0 : 1;

    if (xattr->size < HEAD_SIZE || number(bytes, HEAD_SIZE) != VERSION)
        return;
    for (size_t at = HEAD_SIZE; at + ROW_SIZE <= xattr->size; at += ROW_SIZE) {
        const struct tag *tag = find_tag(number(bytes + at, 2));

        if (tag != NULL)
            archive_entry_acl_add_entry(
                to, kinds[kind].type, (int)number(bytes + at + 2, 2), tag->tag,
                tag->has_id ? (int)number(bytes + at + 4, 4) : -1, NULL);
    }
}

int acl_from_archive(struct archive_entry *from, struct acl lists[ACL_KINDS],
                     mode_t *mode)
{
    int there = archive_entry_acl_types(from), count = 0, status = 1;

    for (size_t i = 0; i < ACL_KINDS && status >= 0; i++) {
        struct list list = { 0 };
        int mask;

        if ((there & kinds[i].type) == 0)
            continue;
        status = take(from, &kinds[i], &list);
        if (status <= 0) {
            free(list.bytes);
            continue;
        }
        mask = i == 0 ? find_mask(&list) : -1;
        if (mask >= 0)
            *mode = (*mode & ~(mode_t)070) | (mode_t)mask << 3;
        lists[count++] = (struct acl){ kinds[i].xattr, list.bytes, list.size };
    }
    return status < 0 ? -1 : count;
}
