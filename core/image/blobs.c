// blobs.c - the files that an image of layers consists of, by their names.
// SPDX-License-Identifier: MIT
#include "core/image/blobs.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/fs.h"
#include "core/base/scope.h"
#include "core/image/members.h"
#include "core/image/path.h"
#include "core/image/spool.h"

#define TEXT_MOST (16 << 20) // bytes of JSON; a registry takes 4 MiB of them

struct blobs {
    int dir;                 // -1: an archive
    int archive;             // ours, or -1
    struct members *members; // of the archive
};

static struct blobs *make(void)
{
    struct blobs *blobs = malloc(sizeof *blobs);

    if (blobs == NULL)
        failed(errno, "can't read an image");
    else
        *blobs = (struct blobs){ .dir = -1, .archive = -1 };
    return blobs;
}

struct blobs *blobs_open_dir(int dir)
{
    cleanup_blobs struct blobs *blobs = make();

    if (blobs == NULL)
        return NULL;
    blobs->dir = fcntl(dir, F_DUPFD_CLOEXEC, 0);
    if (blobs->dir < 0) {
        failed(errno, "can't read an image");
        return NULL;
    }
    return steal_ptr(&blobs);
}

struct blobs *blobs_open_archive(int fd, bool *other)
{
    cleanup_blobs struct blobs *blobs = make();

    *other = false;
    if (blobs == NULL)
        return NULL;
    blobs->archive = spool_open(fd, member_may_be, other);
    if (blobs->archive < 0)
        return NULL;
    blobs->members = members_read(blobs->archive, other);
    return blobs->members == NULL ? NULL : steal_ptr(&blobs);
}

void blobs_close(struct blobs **blobs)
{
    if (*blobs == NULL)
        return;
    scope_close(&(*blobs)->dir);
    scope_close(&(*blobs)->archive);
    members_free((*blobs)->members);
    free(*blobs);
    *blobs = NULL;
}

void blob_close(struct blob *blob)
{
    scope_close(&blob->fd);
    blob->fd = -1;
}

// 0, or -1 with errno.
static int open_member(const struct blobs *blobs, const char *name,
                       struct blob *blob)
{
    struct member member;

    if (!members_find(blobs->members, name, &member)) {
        errno = ENOENT;
        return -1;
    }
    *blob = (struct blob){ fcntl(blobs->archive, F_DUPFD_CLOEXEC, 0),
                           member.offset, member.size };
    return blob->fd < 0 ? -1 : 0;
}

static int open_file(const struct blobs *blobs, const char *name,
                     struct blob *blob)
{
    // a FIFO would make us wait
    int fd = fs_open_in_root(blobs->dir, name, O_RDONLY | O_NONBLOCK, 0);
    struct stat st;

    if (fd < 0)
        return -1;
    if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
        close(fd);
        errno = EINVAL;
        return -1;
    }
    *blob = (struct blob){ fd, 0, (uint64_t)st.st_size };
    return 0;
}

int blobs_open(const struct blobs *blobs, const char *name, struct blob *blob)
{
    char clean[PATH_MAX];
    int status;

    if (path_clean(name, clean) < 0)
        return -1;
    status = blobs->members != NULL ? open_member(blobs, clean, blob)
                                    : open_file(blobs, clean, blob);
    return status < 0 ? failed(errno, "can't read %s", clean) : 0;
}

bool blobs_has(const struct blobs *blobs, const char *name)
{
    cleanup_blob struct blob blob = { .fd = -1 };
    bool found = blobs_open(blobs, name, &blob) == 0;

    err_clear();
    return found;
}

static int read_all(const struct blob *blob, char *text)
{
    size_t done = 0;

    while (done < blob->size) {
        ssize_t n = pread(blob->fd, text + done, blob->size - done,
                          (off_t)(blob->offset + done));

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return -1;
        done += (size_t)n;
    }
    text[done] = '\0';
    return 0;
}

static int check(const char *name, const struct digest *digest,
                 const char *text, size_t size)
{
    struct hash hash;

    if (digest == NULL)
        return 0;
    hash_begin(&hash, digest);
    hash_add(&hash, text, size);
    return hash_is(&hash, digest)
               ? 0
               : failed(0, "damaged: %s does not have the digest %s:%s", name,
                        digest_algorithm(digest), digest->hex);
}

char *blobs_read(const struct blobs *blobs, const char *name,
                 const struct digest *digest, size_t *size)
{
    cleanup_blob struct blob blob = { .fd = -1 };
    cleanup_free char *text = NULL;

    if (blobs_open(blobs, name, &blob) < 0)
        return NULL;
    if (blob.size > TEXT_MOST) {
        failed(0, "%s has more than %d MiB", name, TEXT_MOST >> 20);
        return NULL;
    }
    text = malloc(blob.size + 1);
    if (text == NULL || read_all(&blob, text) < 0) {
        failed(errno, "can't read %s", name);
        return NULL;
    }
    if (check(name, digest, text, blob.size) < 0)
        return NULL;
    *size = blob.size;
    return steal_ptr(&text);
}
