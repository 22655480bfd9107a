// config_gather.c - a stream whose configuration is taken out of it.
// SPDX-License-Identifier: MIT
#include "core/image/config_gather.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/base/err.h"
#include "core/base/scope.h"
#include "core/image/config_pieces.h"

struct gather_reader {
    struct image_reader reader; // first: a reader is cast to this
    struct image_reader *inner;
    struct image_config *config;
    struct config_pieces pieces;
    const struct config_file *shown; // the current entry, of these; or NULL
    bool ended;
};

struct file_sink {
    struct image_sink sink; // first: a sink is cast to this
    struct config_file *file;
};

static int keep(struct image_sink *sink, const struct image_chunk *chunk)
{
    struct file_sink *to = (struct file_sink *)sink;

    if (chunk->offset > to->file->size ||
        chunk->size > to->file->size - chunk->offset)
        return failed(0, "more bytes than the file's size");
    memcpy(to->file->bytes + chunk->offset, chunk->bytes, chunk->size);
    return 0;
}

// A later file of the same name takes the place of an earlier one.
static int take(struct gather_reader *g, struct config_file *file,
                const struct image_entry *entry)
{
    struct image_part part = { .id = entry->id, .size = entry->size };
    struct file_sink to = { { keep }, file };

    if (entry->size > CONFIG_PIECE_MOST)
        return failed(0, "/%s has more than %d MiB", entry->path,
                      CONFIG_PIECE_MOST >> 20);
    free(file->bytes);
    file->size = entry->size;
    file->bytes = calloc(1, entry->size + 1);
    if (file->bytes == NULL)
        return failed(errno, "can't keep the image's configuration");
    return entry->size == 0 ? 0
                            : g->inner->ops->data(g->inner, &part, &to.sink);
}

// These are kept, and stay in the stream.
static int look_at(struct gather_reader *g, const struct image_entry *entry)
{
    g->shown = NULL;
    if (entry->same_as != NULL || !S_ISREG(entry->mode) ||
        entry->size > CONFIG_PIECE_MOST)
        return 0;
    for (int i = CONFIG_FILES; i < CONFIG_PIECES; i++)
        if (strcmp(entry->path, config_pieces_path(i)) == 0) {
            struct config_file *file = config_pieces_at(&g->pieces, i);

            g->shown = file;
            return take(g, file, entry);
        }
    return 0;
}

static int end(struct gather_reader *g)
{
    g->ended = true;
    return config_pieces_settle(&g->pieces, g->config);
}

static int gather_next(struct image_reader *reader, struct image_entry *entry)
{
    struct gather_reader *g = (struct gather_reader *)reader;

    while (!g->ended) {
        int more = g->inner->ops->next(g->inner, entry);
        int which = more > 0 ? config_file_of(entry->path) : -1;

        if (more < 0)
            return -1;
        if (more == 0)
            break;
        if (entry->same_as != NULL && config_file_of(entry->same_as) >= 0)
            return failed(0,
                          "can't leave out /%s, which the image keeps "
                          "elsewhere: /%s is another name of it",
                          entry->same_as, entry->path);
        if (which < 0 || entry->same_as != NULL || !S_ISREG(entry->mode))
            return look_at(g, entry) < 0 ? -1 : 1;
        if (take(g, &g->pieces.files.files[which], entry) < 0)
            return -1;
    }
    return g->ended ? 0 : end(g);
}

static int gather_data(struct image_reader *reader,
                       const struct image_part *part, struct image_sink *sink)
{
    struct gather_reader *g = (struct gather_reader *)reader;
    struct image_chunk chunk = { 0 };

    if (reader->parts || g->shown == NULL)
        return g->inner->ops->data(g->inner, part, sink);
    chunk.bytes = g->shown->bytes; // it could be read but once
    chunk.size = g->shown->size;
    return chunk.size > 0 ? sink->put(sink, &chunk) : 0;
}

static void gather_close(struct image_reader *reader)
{
    struct gather_reader *g = (struct gather_reader *)reader;

    image_reader_close(&g->inner);
    config_pieces_free(&g->pieces);
    free(g);
}

static const struct image_reader_ops gather_ops = { gather_next, gather_data,
                                                    gather_close };

struct image_reader *image_gather_config(struct image_reader *reader,
                                         struct image_config *config)
{
    struct gather_reader *g = calloc(1, sizeof *g);

    if (g == NULL) {
        failed(errno, "can't read an image");
        image_reader_close(&reader);
        return NULL;
    }
    g->reader =
        (struct image_reader){ .ops = &gather_ops, .parts = reader->parts };
    g->inner = reader;
    g->config = config;
    return &g->reader;
}
