// squash_write.c - a stream written as a SquashFS image.
//
// The image itself is core/squash's; here its words are put for those of the
// stream.
// SPDX-License-Identifier: MIT
#include "core/image/squash_write.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/base/err.h"

// A file whose data are to be fetched.
struct wanted {
    struct data_file *file; // NULL: they have been
    uint64_t id;
    bool sparse;
};

struct squash_stream {
    struct image_writer writer; // first: a writer is cast to this
    struct squash_writer *image;
    struct data_source source;
    struct image_reader *reader; // of the source
    const struct strlist *sort;  // or NULL
    struct wanted *wanted;       // by data_file.tag, if they are sorted
    uint32_t count, room;
};

// Fills a buffer; what no chunk is for are zeros.
struct buffer_sink {
    struct image_sink sink; // first: a sink is cast to this
    uint8_t *bytes;
    uint64_t offset; // of the buffer in the file
    size_t size;
    size_t filled;
};

// Has data fetched.
struct where_sink {
    struct image_sink sink; // first: a sink is cast to this
    struct squash_stream *stream;
    struct data_file *file;
    uint64_t id;
};

// Takes the data of the current entry.
struct data_sink {
    struct image_sink sink; // first: a sink is cast to this
    struct data *data;
    struct data_file *file;
};

static int fill_buffer(struct image_sink *sink, const struct image_chunk *chunk)
{
    struct buffer_sink *to = (struct buffer_sink *)sink;
    uint64_t at = chunk->offset - to->offset;
    size_t size = chunk->size;

    if (chunk->offset < to->offset || at < to->filled || at > to->size)
        return failed(0, "damaged: data that were not asked for");
    if (size > to->size - at)
        size = (size_t)(to->size - at);
    memset(to->bytes + to->filled, 0, at - to->filled);
    memcpy(to->bytes + at, chunk->bytes, size);
    to->filled = at + size;
    return 0;
}

static int fetch(struct data_source *source, const struct data_range *range,
                 uint8_t *into)
{
    struct squash_stream *stream =
        (struct squash_stream *)((char *)source -
                                 offsetof(struct squash_stream, source));
    struct image_part part = { .id = range->id,
                               .offset = range->offset,
                               .size = range->size };
    struct buffer_sink to = { .sink = { fill_buffer },
                              .bytes = into,
                              .offset = range->offset,
                              .size = range->size };

    if (stream->reader->ops->data(stream->reader, &part, &to.sink) < 0)
        return -1;
    memset(into + to.filled, 0, to.size - to.filled);
    return 0;
}

static int give(struct image_sink *sink, const struct image_chunk *chunk)
{
    const struct data_sink *to = (struct data_sink *)sink;
    struct data_piece piece = { chunk->bytes, chunk->size, chunk->offset };

    return data_give(to->data, to->file, &piece);
}

static int fetch_range(struct image_sink *sink, const struct image_chunk *chunk)
{
    const struct where_sink *to = (struct where_sink *)sink;
    struct data_range range = { to->id, chunk->offset, chunk->size };

    return data_fetch(squash_writer_data(to->stream->image), to->file,
                      &to->stream->source, &range);
}

// Only what is said to be data, where a file has holes: there may be terabytes
// of them.
static int fetch_later(struct squash_stream *stream,
                       const struct wanted *wanted)
{
    struct image_reader *reader = stream->reader;
    struct data_file *file = wanted->file;
    struct where_sink to = { { fetch_range }, stream, file, wanted->id };
    struct image_part all = { .id = wanted->id,
                              .size = file->size,
                              .where = true };
    struct image_chunk whole = { NULL, file->size, 0 };

    if (file->count > 0 && wanted->sparse)
        return reader->ops->data(reader, &all, &to.sink);
    return fetch_range(&to.sink, &whole);
}

static int keep(struct squash_stream *stream, const struct wanted *wanted)
{
    if (!stream->reader->parts)
        return failed(0, "files can't be sorted (--sort) that can be read in "
                         "one order only: unpack them into a directory first");
    if (stream->count == stream->room) {
        uint32_t room = stream->room > 0 ? 2 * stream->room : 1024;
        struct wanted *larger =
            reallocarray(stream->wanted, room, sizeof *larger);

        if (larger == NULL)
            return failed(errno, "can't sort files");
        stream->wanted = larger;
        stream->room = room;
    }
    wanted->file->tag = stream->count;
    stream->wanted[stream->count++] = *wanted;
    return 0;
}

static int fetch_kept(struct squash_stream *stream, uint32_t index)
{
    struct wanted wanted = stream->wanted[index];

    stream->wanted[index].file = NULL;
    return wanted.file != NULL ? fetch_later(stream, &wanted) : 0;
}

static int fetch_sorted(struct squash_stream *stream)
{
    for (size_t i = 0; stream->count > 0 && i < stream->sort->count; i++) {
        const struct data_file *file =
            squash_writer_find(stream->image, stream->sort->items[i]);

        if (file != NULL && fetch_kept(stream, file->tag) < 0)
            return -1;
    }
    for (uint32_t i = 0; i < stream->count; i++)
        if (fetch_kept(stream, i) < 0)
            return -1;
    return 0;
}

static int put_data(struct squash_stream *stream,
                    const struct image_entry *entry, struct data_file *file)
{
    struct image_reader *reader = stream->reader;
    struct data *data = squash_writer_data(stream->image);
    struct data_sink to = { { give }, data, file };
    struct image_part all = { .id = entry->id, .size = entry->size };
    struct wanted wanted = { file, entry->id, entry->sparse };

    if (stream->sort != NULL)
        return keep(stream, &wanted);
    if (reader->parts)
        return fetch_later(stream, &wanted);
    if (reader->ops->data(reader, &all, &to.sink) < 0)
        return -1;
    return data_give_end(data, file);
}

static int put_entry(struct squash_stream *stream,
                     const struct image_entry *entry)
{
    struct squash_new new = { .mode = entry->mode,
                              .uid = entry->uid,
                              .gid = entry->gid,
                              .mtime = entry->mtime.tv_sec,
                              .device = entry->device,
                              .target = entry->target,
                              .size = entry->size };
    struct data_file *file;

    for (size_t i = 0; i < entry->xattr_count; i++) {
        struct squash_xattr_value xattr = { entry->xattrs[i].name,
                                            entry->xattrs[i].value,
                                            entry->xattrs[i].size };

        if (squash_writer_xattr(stream->image, &xattr) < 0)
            return -1;
    }
    if (squash_writer_put(stream->image, entry->path, &new, &file) < 0)
        return -1;
    return file != NULL ? put_data(stream, entry, file) : 0;
}

static int squash_put(struct image_writer *writer,
                      const struct image_entry *entry,
                      struct image_reader *reader)
{
    struct squash_stream *stream = (struct squash_stream *)writer;

    if (stream->reader != reader) // threads read it from the first file on
        stream->reader = reader;
    if (entry->same_as != NULL)
        return squash_writer_link(stream->image, entry->path, entry->same_as);
    return put_entry(stream, entry);
}

static int squash_finish(struct image_writer *writer)
{
    struct squash_stream *stream = (struct squash_stream *)writer;

    return fetch_sorted(stream) < 0 ? -1 : squash_writer_finish(stream->image);
}

static void squash_close_writer(struct image_writer *writer)
{
    struct squash_stream *stream = (struct squash_stream *)writer;

    squash_writer_close(stream->image);
    free(stream->wanted);
    free(stream);
}

static const struct image_writer_ops squash_ops = { squash_put, squash_finish,
                                                    squash_close_writer };

struct image_writer *image_write_squash(
    int fd, const struct squash_write_options *options,
    const struct strlist *sort)
{
    struct squash_stream *stream = calloc(1, sizeof *stream);

    if (stream == NULL) {
        failed(errno, "can't write an image");
        return NULL;
    }
    stream->writer.ops = &squash_ops;
    stream->source.fetch = fetch;
    stream->sort = sort;
    stream->image = squash_writer_open(fd, options);
    if (stream->image != NULL)
        return &stream->writer;
    free(stream);
    return NULL;
}
