// layout.c - images that are not trees of files, but layers to make one of.
// SPDX-License-Identifier: MIT
#include "core/image/layout.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/str.h"
#include "core/image/members.h"
#include "core/image/spool.h"
#include "core/image/tar_read.h"

// The files that tell them: OCI image-layout.md, and what "docker save" and
// "skopeo copy" write.
static const struct {
    const char *file;
    const char *beside[3]; // one of these, too
    const char *what;
    enum layout_kind kind;
} kinds[] = {
    { "oci-layout", { "index.json" }, "an OCI layout", LAYOUT_OCI },
    // whose reader tells it from a docker archive, and says so
    { "manifest.json",
      { "version" },
      "what skopeo writes as dir: (let it write oci: instead)",
      LAYOUT_DOCKER },
    { "manifest.json",
      { "repositories", "blobs" },
      "a docker archive",
      LAYOUT_DOCKER },
};

enum { KINDS = sizeof kinds / sizeof kinds[0] };

static bool has(int dir, const char *name)
{
    return faccessat(dir, name, F_OK, 0) == 0;
}

static bool has_one(int dir, const char *const *names)
{
    for (; *names != NULL; names++)
        if (has(dir, *names))
            return true;
    return false;
}

// The row of the table; KINDS: none.
static size_t find_kind(int dir)
{
    size_t i = 0;

    while (i < KINDS &&
           !(has(dir, kinds[i].file) && has_one(dir, kinds[i].beside)))
        i++;
    return i;
}

enum layout_kind layout_kind(int dir)
{
    size_t i = find_kind(dir);

    return i < KINDS ? kinds[i].kind : LAYOUT_NONE;
}

static bool is_of_oci(const char *member)
{
    static const char *const names[] = { "oci-layout", "index.json", "blobs" };

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (str_starts(member, names[i]) && member_may_be(member))
            return true;
    return false;
}

static enum layout_kind kind_by_first(int fd)
{
    if (spool_may_be(fd, is_of_oci))
        return LAYOUT_OCI;
    return spool_may_be(fd, member_may_be) ? LAYOUT_DOCKER : LAYOUT_NONE;
}

static enum layout_kind kind_by_members(const struct members *members)
{
    struct member found;

    // "docker save" writes both since its version 25
    if (members_find(members, "manifest.json", &found))
        return LAYOUT_DOCKER;
    return members_find(members, "index.json", &found) ? LAYOUT_OCI
                                                       : LAYOUT_NONE;
}

enum layout_kind layout_archive_kind(int fd)
{
    struct members *members;
    enum layout_kind kind;
    bool other = false;

    if (tar_is_compressed(fd))
        return kind_by_first(fd);
    members = members_read(fd, &other);
    if (members == NULL) { // cut short, or something else
        err_clear();
        return other ? LAYOUT_NONE : kind_by_first(fd);
    }
    kind = kind_by_members(members);
    members_free(members);
    return kind;
}

const char *layout_of(int dir)
{
    size_t i = find_kind(dir);

    return i < KINDS ? kinds[i].what : NULL;
}

// Each kind has so many bits; the first is for its file.
enum { BITS = 8 };

enum { HASH_LENGTH = 64 }; // SHA-256 in hexadecimal

// Docker's files are called by digests, and nothing else may be beside them.
static bool is_hash(const char *path)
{
    return strspn(path, "0123456789abcdef") == HASH_LENGTH &&
           member_may_be(path);
}

void layout_note(struct layout_signs *signs, const char *path)
{
    for (size_t i = 0; i < KINDS; i++) {
        const char *const *beside = kinds[i].beside;

        if (strcmp(path, kinds[i].file) == 0)
            signs->files |= 1U << (i * BITS);
        if (kinds[i].kind == LAYOUT_DOCKER && is_hash(path))
            signs->files |= 1U << (i * BITS + BITS - 1);
        // "blobs" may be told by what is in it alone
        for (unsigned bit = 1; *beside != NULL; beside++, bit++)
            if (str_starts(path, *beside) &&
                (path[strlen(*beside)] == '\0' || path[strlen(*beside)] == '/'))
                signs->files |= 1U << (i * BITS + bit);
    }
}

const char *layout_told(const struct layout_signs *signs)
{
    for (size_t i = 0; i < KINDS; i++) {
        unsigned bits = signs->files >> (i * BITS) & ((1U << BITS) - 1);

        if ((bits & 1) != 0 && bits > 1)
            return kinds[i].what;
    }
    return NULL;
}
