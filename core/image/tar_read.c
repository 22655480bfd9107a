// tar_read.c - a tar archive, compressed or not, read as a stream.
//
// libarchive knows the dialects. Decompression is a second libarchive's
// business, in a thread of its own (ahead.h). The locale is left at "C", in
// which names are the bytes that the archive has.
// SPDX-License-Identifier: MIT
#include "core/image/tar_read.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/log.h"
#include "core/image/acl.h"
#include "core/image/ahead.h"
#include "core/image/path.h"

struct tar_reader {
    struct image_reader reader; // first: a reader is cast to this
    struct archive *archive;
    struct ahead *ahead;
    uint64_t bytes; // brought so far
    uint64_t size;  // of the current file
    bool complete;  // that no bytes are missing is known otherwise
    struct image_xattr *xattrs;
    size_t xattr_room;
    struct acl acls[ACL_KINDS];
    char path[PATH_MAX];
    char same_as[PATH_MAX];
};

enum {
    BLOCK = 512,      // of a tar archive
    SUM_OFFSET = 148, // in a header: eight bytes, octal
    SUM_SIZE = 8,
};

// What compressed files begin with.
static const struct {
    const char *codec;
    const char *bytes;
    size_t size;
} magics[] = {
    { "gzip", "\x1f\x8b", 2 },        { "bzip2", "BZh", 3 },
    { "xz", "\xfd\x37zXZ\0", 6 },     { "zstd", "\x28\xb5\x2f\xfd", 4 },
    { "lz4", "\x04\x22\x4d\x18", 4 },
};

// Tools write layers that end with the last byte of the last file (umoci
// 0.4.7), rather than with a whole block.
static ssize_t fill_block(struct tar_reader *tar, const void **bytes)
{
    static const char zeros[BLOCK];
    size_t rest = tar->bytes % BLOCK;

    if (!tar->complete || rest == 0)
        return 0;
    *bytes = zeros;
    return (ssize_t)(BLOCK - rest);
}

static ssize_t read_next(struct archive *archive, void *data,
                         const void **bytes)
{
    struct tar_reader *tar = data;
    ssize_t size = ahead_next(tar->ahead, bytes);

    if (size < 0)
        archive_set_error(archive, EIO, "%s", err_text());
    if (size == 0)
        size = fill_block(tar, bytes);
    if (size > 0)
        tar->bytes += (uint64_t)size;
    return size;
}

static int fail(const struct tar_reader *tar)
{
    const char *text = archive_error_string(tar->archive);

    return failed(0, "%s", text != NULL ? text : "damaged");
}

static void forget_acls(struct tar_reader *tar)
{
    for (size_t i = 0; i < ACL_KINDS; i++)
        free(tar->acls[i].value);
    memset(tar->acls, 0, sizeof tar->acls);
}

static int list_xattrs(struct tar_reader *tar, struct archive_entry *from,
                       struct image_entry *entry)
{
    size_t count = (size_t)archive_entry_xattr_reset(from);
    int acls = acl_from_archive(from, tar->acls, &entry->mode);

    if (acls < 0)
        return -1;
    if (count + ACL_KINDS > tar->xattr_room) {
        size_t room = count + ACL_KINDS;
        void *more = reallocarray(tar->xattrs, room, sizeof *tar->xattrs);

        if (more == NULL)
            return failed(errno, "can't read extended attributes");
        tar->xattrs = more;
        tar->xattr_room = room;
    }
    for (size_t i = 0; i < count; i++) {
        struct image_xattr *to = &tar->xattrs[i];

        archive_entry_xattr_next(from, &to->name, &to->value, &to->size);
    }
    for (int i = 0; i < acls; i++)
        tar->xattrs[count++] =
            (struct image_xattr){ tar->acls[i].xattr, tar->acls[i].value,
                                  tar->acls[i].size };
    entry->xattrs = tar->xattrs;
    entry->xattr_count = count;
    return 0;
}

static int translate(struct tar_reader *tar, struct archive_entry *from,
                     struct image_entry *entry)
{
    const char *path = archive_entry_pathname(from);
    const char *link = archive_entry_hardlink(from);

    forget_acls(tar);
    *entry = (struct image_entry){
        .path = tar->path,
        .target = archive_entry_symlink(from),
        .mode = archive_entry_mode(from),
        .uid = (uid_t)archive_entry_uid(from),
        .gid = (gid_t)archive_entry_gid(from),
        .device = archive_entry_rdev(from),
        .mtime = { archive_entry_mtime(from), archive_entry_mtime_nsec(from) },
        .size = (uint64_t)archive_entry_size(from),
    };
    tar->size = entry->size;
    if (path_clean(path != NULL ? path : "", tar->path) < 0)
        return -1;
    if (link != NULL) {
        entry->same_as = tar->same_as;
        return path_clean(link, tar->same_as);
    }
    if ((entry->mode & S_IFMT) == 0)
        entry->mode |= S_IFREG;
    if (S_ISLNK(entry->mode) && entry->target == NULL)
        return failed(0, "damaged: the symbolic link %s", tar->path);
    // no kernel would follow it, and not all formats have room for it
    if (S_ISLNK(entry->mode) && strlen(entry->target) >= PATH_MAX)
        return failed(ENAMETOOLONG, "can't make the symbolic link %.200s",
                      tar->path);
    return list_xattrs(tar, from, entry);
}

static int tar_next(struct image_reader *reader, struct image_entry *entry)
{
    struct tar_reader *tar = (struct tar_reader *)reader;
    struct archive_entry *from;
    int status = archive_read_next_header(tar->archive, &from);

    if (status == ARCHIVE_EOF)
        return 0;
    if (status == ARCHIVE_WARN)
        log_why("%s", archive_error_string(tar->archive));
    else if (status != ARCHIVE_OK)
        return fail(tar);
    return translate(tar, from, entry) < 0 ? -1 : 1;
}

// The whole of the current entry, whichever part is asked for.
static int tar_data(struct image_reader *reader, const struct image_part *part,
                    struct image_sink *sink)
{
    struct tar_reader *tar = (struct tar_reader *)reader;
    struct image_chunk chunk;
    uint64_t end = 0;
    int64_t offset;
    int status;

    (void)part;
    while ((status = archive_read_data_block(tar->archive, &chunk.bytes,
                                             &chunk.size, &offset)) ==
           ARCHIVE_OK) {
        chunk.offset = (uint64_t)offset;
        if (chunk.size == 0)
            continue;
        // whatever a sparse file's map says
        if (chunk.offset < end)
            return failed(0, "damaged: the pieces of %s overlap", tar->path);
        if (chunk.offset > tar->size || chunk.size > tar->size - chunk.offset)
            return failed(0, "damaged: data beyond the end of %s", tar->path);
        end = chunk.offset + chunk.size;
        if (sink->put(sink, &chunk) < 0)
            return -1;
    }
    return status == ARCHIVE_EOF ? 0 : fail(tar);
}

static void tar_close(struct image_reader *reader)
{
    struct tar_reader *tar = (struct tar_reader *)reader;

    archive_read_free(tar->archive);
    ahead_close(tar->ahead);
    forget_acls(tar);
    free(tar->xattrs);
    free(tar);
}

static const struct image_reader_ops tar_ops = { tar_next, tar_data,
                                                 tar_close };

// Takes the ahead over, which may be NULL after failed().
static int open_archive(struct tar_reader *tar, struct ahead *ahead)
{
    tar->ahead = ahead;
    if (ahead == NULL)
        return -1;
    tar->archive = archive_read_new();
    if (tar->archive == NULL)
        return failed(ENOMEM, "can't read an archive");
    archive_read_support_format_tar(tar->archive);
    if (archive_read_open(tar->archive, tar, NULL, read_next, NULL) !=
        ARCHIVE_OK)
        return fail(tar);
    return 0;
}

// A header's checksum is the sum of its bytes, with its own ones as blanks.
static bool is_header(const unsigned char *block)
{
    char text[SUM_SIZE + 1] = { 0 };
    unsigned long sum = (unsigned long)SUM_SIZE * ' ';

    for (int i = 0; i < BLOCK; i++)
        if (i < SUM_OFFSET || i >= SUM_OFFSET + SUM_SIZE)
            sum += block[i];
    memcpy(text, block + SUM_OFFSET, SUM_SIZE);
    return strtoul(text, NULL, 8) == sum;
}

static struct image_reader *read_ahead(struct ahead *ahead, bool complete)
{
    struct tar_reader *tar = calloc(1, sizeof *tar);

    if (tar == NULL) {
        failed(errno, "can't read an archive");
        ahead_close(ahead);
        return NULL;
    }
    tar->reader.ops = &tar_ops;
    tar->complete = complete;
    if (open_archive(tar, ahead) == 0)
        return &tar->reader;
    tar_close(&tar->reader);
    return NULL;
}

const char *tar_codec(int fd)
{
    char begin[8];
    ssize_t size = pread(fd, begin, sizeof begin, 0);

    for (size_t i = 0; i < sizeof magics / sizeof magics[0]; i++)
        if (size >= (ssize_t)magics[i].size &&
            memcmp(begin, magics[i].bytes, magics[i].size) == 0)
            return magics[i].codec;
    return NULL;
}

bool tar_is_compressed(int fd)
{
    return tar_codec(fd) != NULL;
}

bool tar_may_be(int fd)
{
    unsigned char block[BLOCK];

    return tar_is_compressed(fd) ||
           (pread(fd, block, sizeof block, 0) == BLOCK && is_header(block));
}

struct image_reader *image_read_tar(int fd)
{
    return read_ahead(ahead_open(fd), false);
}

struct image_reader *image_read_tar_part(const struct feed_part *part)
{
    return read_ahead(ahead_open_part(part), true);
}
