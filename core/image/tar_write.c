// tar_write.c - a stream written as a tar archive, compressed or not.
//
// libarchive knows the format; compression is pack.c's business. Holes are told
// by a map in front of the data, so a file that has some is asked twice: where
// its data are, and then for them.
// SPDX-License-Identifier: MIT
#include "core/image/tar_write.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <locale.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "core/base/err.h"
#include "core/base/log.h"
#include "core/base/stop.h"
#include "core/image/acl.h"

enum { ZEROS = 64 << 10 }; // bytes written at a time where there is a hole

struct tar_writer {
    struct image_writer writer; // first: a writer is cast to this
    struct archive *archive;
    struct archive_entry *entry;
    struct pack *pack;
    locale_t utf8; // NULL: the system has none
    bool told; // the pending error says why the archive could not be written
};

// Notes where data are.
struct map_sink {
    struct image_sink sink; // first: a sink is cast to this
    struct archive_entry *entry;
};

// Writes data, and zeros between them.
struct data_sink {
    struct image_sink sink; // first: a sink is cast to this
    struct tar_writer *tar;
    uint64_t at;
};

static ssize_t write_bytes(struct archive *archive, void *data,
                           const void *bytes, size_t size)
{
    struct tar_writer *tar = data;

    if (pack_write(tar->pack, bytes, size) == 0)
        return (ssize_t)size;
    tar->told = true;
    archive_set_error(archive, EIO, "can't write");
    return -1;
}

static int fail(const struct tar_writer *tar, const char *path)
{
    const char *text = archive_error_string(tar->archive);

    if (tar->told)
        return -1;
    return failed(0, "can't put /%s into the archive: %s", path,
                  text != NULL ? text : "unknown error");
}

static int map(struct image_sink *sink, const struct image_chunk *chunk)
{
    const struct map_sink *to = (struct map_sink *)sink;

    archive_entry_sparse_add_entry(to->entry, (la_int64_t)chunk->offset,
                                   (la_int64_t)chunk->size);
    return 0;
}

static int put_bytes(struct tar_writer *tar, const void *bytes, size_t size)
{
    return archive_write_data(tar->archive, bytes, size) == (la_ssize_t)size
               ? 0
               : fail(tar, archive_entry_pathname(tar->entry));
}

static int put_zeros(struct data_sink *to, uint64_t end)
{
    static const char zeros[ZEROS];

    while (to->at < end) {
        uint64_t rest = end - to->at;
        size_t size = rest < ZEROS ? (size_t)rest : ZEROS;

        if (stop_check() < 0 || put_bytes(to->tar, zeros, size) < 0)
            return -1;
        to->at += size;
    }
    return 0;
}

static int put_chunk(struct image_sink *sink, const struct image_chunk *chunk)
{
    struct data_sink *to = (struct data_sink *)sink;

    if (put_zeros(to, chunk->offset) < 0 ||
        put_bytes(to->tar, chunk->bytes, chunk->size) < 0)
        return -1;
    to->at += chunk->size;
    return 0;
}

static int put_data(struct tar_writer *tar, const struct image_entry *entry,
                    struct image_reader *reader)
{
    struct image_part part = { .id = entry->id, .size = entry->size };
    struct data_sink to = { { put_chunk }, tar, 0 };

    if (entry->size == 0)
        return 0;
    if (reader->ops->data(reader, &part, &to.sink) < 0)
        return -1;
    return put_zeros(&to, entry->size);
}

static int put_map(struct tar_writer *tar, const struct image_entry *entry,
                   struct image_reader *reader)
{
    struct image_part part = { .id = entry->id,
                               .size = entry->size,
                               .where = true };
    struct map_sink to = { { map }, tar->entry };

    if (reader->ops->data(reader, &part, &to.sink) < 0)
        return -1;
    // a file of holes alone is told by data of no bytes at its end
    if (archive_entry_sparse_count(tar->entry) == 0)
        archive_entry_sparse_add_entry(tar->entry, (la_int64_t)entry->size, 0);
    return 0;
}

static void fill(struct archive_entry *to, const struct image_entry *entry)
{
    archive_entry_clear(to);
    archive_entry_set_pathname(to, entry->path[0] != '\0' ? entry->path : "./");
    archive_entry_set_mtime(to, entry->mtime.tv_sec, entry->mtime.tv_nsec);
    archive_entry_set_uid(to, entry->uid);
    archive_entry_set_gid(to, entry->gid);
    if (entry->same_as != NULL) {
        archive_entry_set_filetype(to, AE_IFREG);
        archive_entry_set_hardlink(to, entry->same_as);
        return;
    }
    archive_entry_set_mode(to, entry->mode);
    if (S_ISLNK(entry->mode))
        archive_entry_set_symlink(to, entry->target);
    if (S_ISCHR(entry->mode) || S_ISBLK(entry->mode))
        archive_entry_set_rdev(to, entry->device);
    archive_entry_set_size(to,
                           S_ISREG(entry->mode) ? (la_int64_t)entry->size : 0);
    for (size_t i = 0; i < entry->xattr_count; i++) {
        const struct image_xattr *x = &entry->xattrs[i];

        if (acl_is(x->name))
            acl_to_archive(x, to);
        else
            archive_entry_xattr_add_entry(to, x->name, x->value, x->size);
    }
}

// Pax's names are in UTF-8: of one that is not, libarchive tells that it is
// something else, and of all if the locale knows no UTF-8.
static int put_header(struct tar_writer *tar)
{
    locale_t before = tar->utf8 != NULL ? uselocale(tar->utf8) : NULL;
    int status = archive_write_header(tar->archive, tar->entry);

    if (before != NULL)
        uselocale(before);
    return status;
}

static int tar_put(struct image_writer *writer, const struct image_entry *entry,
                   struct image_reader *reader)
{
    struct tar_writer *tar = (struct tar_writer *)writer;
    bool has_data = entry->same_as == NULL && S_ISREG(entry->mode);

    if (entry->same_as == NULL && S_ISSOCK(entry->mode)) {
        log_why("left out: the socket /%s", entry->path);
        return 0;
    }
    fill(tar->entry, entry);
    if (has_data && entry->sparse && reader->parts &&
        put_map(tar, entry, reader) < 0)
        return -1;
    if (put_header(tar) < ARCHIVE_WARN)
        return fail(tar, entry->path);
    return has_data ? put_data(tar, entry, reader) : 0;
}

static int tar_finish(struct image_writer *writer)
{
    struct tar_writer *tar = (struct tar_writer *)writer;

    if (archive_write_close(tar->archive) != ARCHIVE_OK)
        return fail(tar, "");
    return pack_finish(tar->pack);
}

static void tar_close(struct image_writer *writer)
{
    struct tar_writer *tar = (struct tar_writer *)writer;

    archive_write_fail(tar->archive); // else it writes an end
    archive_write_free(tar->archive);
    archive_entry_free(tar->entry);
    if (tar->utf8 != NULL)
        freelocale(tar->utf8);
    pack_close(tar->pack);
    free(tar);
}

static const struct image_writer_ops tar_ops = { tar_put, tar_finish,
                                                 tar_close };

static int open_archive(struct tar_writer *tar)
{
    tar->archive = archive_write_new();
    tar->entry = archive_entry_new();
    if (tar->archive == NULL || tar->entry == NULL)
        return failed(ENOMEM, "can't write an archive");
    archive_write_set_format_pax(tar->archive);
    archive_write_set_format_option(tar->archive, "pax", "xattrheader",
                                    "SCHILY");
    archive_write_set_bytes_per_block(tar->archive, 0);
    if (archive_write_open(tar->archive, tar, NULL, write_bytes, NULL) !=
        ARCHIVE_OK)
        return fail(tar, "");
    return 0;
}

struct image_writer *image_write_tar(const struct pack_options *options)
{
    struct tar_writer *tar = calloc(1, sizeof *tar);

    if (tar == NULL) {
        failed(errno, "can't write an archive");
        return NULL;
    }
    tar->writer.ops = &tar_ops;
    tar->utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", NULL);
    tar->pack = pack_open(options);
    if (tar->pack != NULL && open_archive(tar) == 0)
        return &tar->writer;
    tar_close(&tar->writer);
    return NULL;
}
