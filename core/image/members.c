// members.c - what an archive of blobs holds, and where.
// SPDX-License-Identifier: MIT
#include "core/image/members.h"

#include <archive.h>
#include <archive_entry.h>
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/str.h"
#include "core/image/path.h"

enum {
    READ_SIZE = 64 << 10,
    BLOCK = 512,
    MEMBERS_MAX = 100000, // images have some hundreds
    LINKS_MAX = 8,        // one behind the other
    HASH_LENGTH = 64,     // of docker's names: SHA-256 in hexadecimal
};

struct entry {
    char *path;
    char *link; // clean path that it leads to, or NULL
    struct member member;
};

struct members {
    struct entry *entries;
    size_t count, room;
};

// Those that stand in the top directory.
static const char *const known[] = {
    "oci-layout", "index.json", "manifest.json", "repositories",
    "blobs",      "version",    "json",
};

bool member_may_be(const char *path)
{
    size_t length = strcspn(path, "/");
    size_t digits = strspn(path, "0123456789abcdef");

    if (path[0] == '\0')
        return true;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (strlen(known[i]) == length && memcmp(path, known[i], length) == 0)
            return true;
    return digits == HASH_LENGTH &&
           (path[digits] == '/' || path[digits] == '.' || path[digits] == '\0');
}

static struct entry *add(struct members *members, const char *path)
{
    struct entry *entry;

    if (members->count == MEMBERS_MAX) {
        failed(0, "more than %d members", MEMBERS_MAX);
        return NULL;
    }
    if (members->count == members->room) {
        size_t room = members->room > 0 ? 2 * members->room : 64;
        void *more = reallocarray(members->entries, room, sizeof *entry);

        if (more == NULL) {
            failed(errno, "can't list an archive");
            return NULL;
        }
        members->entries = more;
        members->room = room;
    }
    entry = &members->entries[members->count];
    *entry = (struct entry){ .path = str_dup(path) };
    if (entry->path == NULL)
        return NULL;
    members->count++;
    return entry;
}

// "../b" in "a/c" is "b". 0, or -1 after failed().
static int resolve(const char *from, const char *target, char clean[PATH_MAX])
{
    const char *slash = strrchr(from, '/');
    size_t length = slash != NULL ? (size_t)(slash - from) : 0;
    char path[PATH_MAX];

    while (str_starts(target, "../")) {
        while (length > 0 && from[--length] != '/')
            ;
        target += 3;
    }
    if (length + strlen(target) + 2 > sizeof path)
        return failed(ENAMETOOLONG, "the link %s", from);
    memcpy(path, from, length);
    path[length] = '/';
    memcpy(path + length + 1, target, strlen(target) + 1);
    return path_clean(path, clean);
}

static int note_link(struct entry *entry, struct archive_entry *from)
{
    const char *hard = archive_entry_hardlink(from);
    const char *soft = archive_entry_symlink(from);
    char clean[PATH_MAX];

    if (hard == NULL && soft == NULL)
        return 0;
    if ((hard != NULL ? path_clean(hard, clean)
                      : resolve(entry->path, soft, clean)) < 0)
        return -1;
    entry->link = str_dup(clean);
    return entry->link == NULL ? -1 : 0;
}

// 1: noted; 0: this archive holds something else; -1 after failed().
static int note(struct members *members, struct archive_entry *from)
{
    const char *raw = archive_entry_pathname(from);
    mode_t type = archive_entry_filetype(from);
    char clean[PATH_MAX];
    struct entry *entry;

    if (raw == NULL || path_clean(raw, clean) < 0) {
        err_clear();
        return 0;
    }
    if (!member_may_be(clean))
        return 0;
    if (type == S_IFDIR)
        return 1;
    entry = add(members, clean);
    if (entry == NULL || note_link(entry, from) < 0)
        return -1;
    entry->member.size = (uint64_t)archive_entry_size(from);
    return 1;
}

// Where the bytes of the last member begin is known when those of the next
// do: they end there, with blocks.
static void place_last(struct members *members, uint64_t end)
{
    struct entry *last = &members->entries[members->count - 1];
    uint64_t size = (last->member.size + BLOCK - 1) / BLOCK * BLOCK;

    last->member.offset = end >= size ? end - size : UINT64_MAX;
}

// 1, 0 or -1 as note() has it.
static int list(struct members *members, struct archive *archive)
{
    struct archive_entry *entry;
    size_t before = 0;
    int status, noted = 1;

    while (noted > 0) {
        status = archive_read_next_header(archive, &entry);
        if (status != ARCHIVE_OK && status != ARCHIVE_WARN &&
            status != ARCHIVE_EOF)
            return members->count == 0
                       ? 0
                       : failed(0, "%s", archive_error_string(archive));
        if (members->count > before)
            place_last(members,
                       (uint64_t)archive_read_header_position(archive));
        before = members->count;
        if (status == ARCHIVE_EOF)
            return members->count > 0;
        noted = note(members, entry);
    }
    return noted;
}

static int check_sizes(const struct members *members, int fd)
{
    struct stat st;

    if (fstat(fd, &st) < 0)
        return failed(errno, "can't stat an archive");
    for (size_t i = 0; i < members->count; i++) {
        const struct member *m = &members->entries[i].member;

        if (m->size > (uint64_t)st.st_size ||
            m->offset > (uint64_t)st.st_size - m->size)
            return failed(0, "cut short: %s", members->entries[i].path);
    }
    return 0;
}

static int compare(const void *a, const void *b)
{
    const struct entry *one = a, *other = b;
    int order = strcmp(one->path, other->path);

    if (order != 0)
        return order;
    // a later one takes the place of an earlier one
    return one->member.offset < other->member.offset ? 1 : -1;
}

static struct archive *open_archive(int fd)
{
    struct archive *archive = archive_read_new();

    if (archive == NULL) {
        failed(ENOMEM, "can't read an archive");
        return NULL;
    }
    archive_read_support_format_tar(archive);
    if (lseek(fd, 0, SEEK_SET) == 0 &&
        archive_read_open_fd(archive, fd, READ_SIZE) == ARCHIVE_OK)
        return archive;
    archive_read_free(archive);
    return NULL;
}

struct members *members_read(int fd, bool *other)
{
    struct members *members = calloc(1, sizeof *members);
    struct archive *archive;
    int status = 0;

    *other = false;
    if (members == NULL) {
        failed(errno, "can't list an archive");
        return NULL;
    }
    archive = open_archive(fd);
    if (archive != NULL)
        status = list(members, archive);
    if (status > 0 && check_sizes(members, fd) < 0)
        status = -1;
    archive_read_free(archive);
    lseek(fd, 0, SEEK_SET); // as it was found
    *other = status == 0;
    if (status > 0) {
        qsort(members->entries, members->count, sizeof *members->entries,
              compare);
        return members;
    }
    members_free(members);
    return NULL;
}

static const struct entry *find(const struct members *members, const char *path)
{
    size_t low = 0, high = members->count;

    while (low < high) { // the first of its name
        size_t middle = low + (high - low) / 2;

        if (strcmp(members->entries[middle].path, path) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    if (low < members->count && strcmp(members->entries[low].path, path) == 0)
        return &members->entries[low];
    return NULL;
}

bool members_find(const struct members *members, const char *path,
                  struct member *member)
{
    const struct entry *entry = find(members, path);

    for (int i = 0; i < LINKS_MAX && entry != NULL && entry->link != NULL; i++)
        entry = find(members, entry->link);
    if (entry == NULL || entry->link != NULL)
        return false;
    *member = entry->member;
    return true;
}

void members_free(struct members *members)
{
    if (members == NULL)
        return;
    for (size_t i = 0; i < members->count; i++) {
        free(members->entries[i].path);
        free(members->entries[i].link);
    }
    free(members->entries);
    free(members);
}
