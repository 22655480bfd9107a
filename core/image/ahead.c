// ahead.c - a file's bytes, read and decompressed ahead by a thread.
//
// By libarchive, which sees a file of one "raw" entry behind its filters; xz
// and gzip are exceptions (xz_read.h, gzip_read.h). A ring of buffers is
// between the thread and whoever reads.
// SPDX-License-Identifier: MIT
#include "core/image/ahead.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

#include "core/base/err.h"
#include "core/base/str.h"
#include "core/base/thread.h"
#include "core/image/feed.h"
#include "core/image/gzip_read.h"
#include "core/image/xz_read.h"

enum {
    BUFFERS = 8,
    BUFFER_SIZE = 512 << 10, // bytes, of each
    STACK_SIZE = 1 << 20,    // musl's own choice is too small for decoders
};

// One of the three, and what feeds it.
struct source {
    struct feed *feed;
    struct archive *archive;
    struct gzip_reader *gzip;
    struct xz_reader *xz;
};

struct buffer {
    char *bytes;
    size_t size;
};

struct ahead {
    struct feed feed;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct buffer buffers[BUFFERS];
    unsigned filled; // how many ever were
    unsigned taken;
    bool holding; // the reader still uses the one taken last
    bool ended;   // no more are going to be filled
    bool stopped; // nobody wants them
    char *error;  // why it ended, or NULL
};

static ssize_t read_file(struct archive *archive, void *data,
                         const void **bytes)
{
    ssize_t size = feed_next(data, bytes);

    if (size < 0)
        archive_set_error(archive, EIO, "%s", err_text());
    return size;
}

static struct archive *open_raw(struct feed *feed)
{
    struct archive *archive = archive_read_new();
    struct archive_entry *entry;

    if (archive == NULL) {
        failed(ENOMEM, "can't decompress");
        return NULL;
    }
    archive_read_support_filter_bzip2(archive);
    archive_read_support_filter_zstd(archive);
    archive_read_support_filter_lz4(archive);
    archive_read_support_format_raw(archive);
    if (archive_read_open(archive, feed, NULL, read_file, NULL) == ARCHIVE_OK &&
        archive_read_next_header(archive, &entry) == ARCHIVE_OK)
        return archive;
    failed(0, "%s", archive_error_string(archive));
    archive_read_free(archive);
    return NULL;
}

static int open_source(struct source *source)
{
    struct feed *feed = source->feed;

    if (xz_is(feed))
        source->xz = xz_open(feed);
    else if (gzip_is(feed))
        source->gzip = gzip_open(feed);
    else
        source->archive = open_raw(feed);
    return source->xz != NULL || source->gzip != NULL || source->archive != NULL
               ? 0
               : -1;
}

// As many bytes as fit: less than that at the end only. -1 after failed().
static ssize_t fill(const struct source *source, char *bytes, size_t room)
{
    struct archive *archive = source->archive;
    size_t size = 0;

    if (source->xz != NULL)
        return xz_read(source->xz, bytes, room);
    if (source->gzip != NULL)
        return gzip_read(source->gzip, bytes, room);
    while (size < room) {
        ssize_t n = archive_read_data(archive, bytes + size, room - size);

        if (n < 0)
            return failed(0, "%s", archive_error_string(archive));
        if (n == 0)
            break;
        size += (size_t)n;
    }
    return (ssize_t)size;
}

static void close_source(const struct source *source)
{
    archive_read_free(source->archive);
    gzip_close(source->gzip);
    xz_close(source->xz);
}

// The next free buffer, or NULL when nobody wants more.
static struct buffer *free_buffer(struct ahead *ahead)
{
    struct buffer *found = NULL;

    pthread_mutex_lock(&ahead->lock);
    while (!ahead->stopped &&
           ahead->filled - ahead->taken + ahead->holding == BUFFERS)
        pthread_cond_wait(&ahead->changed, &ahead->lock);
    if (!ahead->stopped)
        found = &ahead->buffers[ahead->filled % BUFFERS];
    pthread_mutex_unlock(&ahead->lock);
    return found;
}

// The buffer goes to the reader, unless it is empty: then there are no more.
static bool hand_over(struct ahead *ahead, struct buffer *buffer, ssize_t size)
{
    pthread_mutex_lock(&ahead->lock);
    if (size > 0) {
        buffer->size = (size_t)size;
        ahead->filled++;
    } else {
        ahead->ended = true;
        ahead->error = size < 0 ? str_dup(err_text()) : NULL;
    }
    pthread_cond_signal(&ahead->changed);
    pthread_mutex_unlock(&ahead->lock);
    return size > 0;
}

static void *read_ahead(void *argument)
{
    struct ahead *ahead = argument;
    struct source source = { .feed = &ahead->feed };
    int status = open_source(&source);
    struct buffer *buffer;
    ssize_t size;

    while ((buffer = free_buffer(ahead)) != NULL) {
        size = status == 0 ? fill(&source, buffer->bytes, BUFFER_SIZE) : -1;
        if (!hand_over(ahead, buffer, size))
            break;
    }
    close_source(&source);
    return NULL;
}

static int start(struct ahead *ahead)
{
    int error;

    for (int i = 0; i < BUFFERS; i++) {
        ahead->buffers[i].bytes = malloc(BUFFER_SIZE);
        if (ahead->buffers[i].bytes == NULL)
            return failed(errno, "can't read ahead");
    }
    error = thread_start(&ahead->thread, STACK_SIZE, read_ahead, ahead);
    return error == 0 ? 0 : failed(error, "can't start a thread");
}

static void discard(struct ahead *ahead)
{
    for (int i = 0; i < BUFFERS; i++)
        free(ahead->buffers[i].bytes);
    pthread_cond_destroy(&ahead->changed);
    pthread_mutex_destroy(&ahead->lock);
    feed_close(&ahead->feed);
    free(ahead->error);
    free(ahead);
}

// Takes over what feeds it; "status" is of opening that.
static struct ahead *open_ahead(struct feed *feed, int status)
{
    struct ahead *ahead = status == 0 ? calloc(1, sizeof *ahead) : NULL;

    if (ahead == NULL) {
        if (status == 0)
            failed(errno, "can't read ahead");
        feed_close(feed);
        return NULL;
    }
    ahead->feed = *feed;
    pthread_mutex_init(&ahead->lock, NULL);
    pthread_cond_init(&ahead->changed, NULL);
    if (start(ahead) == 0)
        return ahead;
    discard(ahead);
    return NULL;
}

ssize_t ahead_first(int fd, char *bytes, size_t size)
{
    struct feed feed;
    struct source source = { .feed = &feed };
    ssize_t n = -1;

    if (feed_open(&feed, fd) < 0)
        return -1;
    if (open_source(&source) == 0)
        n = fill(&source, bytes, size);
    close_source(&source);
    feed_close(&feed);
    return n;
}

struct ahead *ahead_open(int fd)
{
    struct feed feed;
    int status = feed_open(&feed, fd);

    return open_ahead(&feed, status);
}

struct ahead *ahead_open_part(const struct feed_part *part)
{
    struct feed feed;
    int status = feed_open_part(&feed, part);

    return open_ahead(&feed, status);
}

ssize_t ahead_next(struct ahead *ahead, const void **bytes)
{
    ssize_t size = 0;

    pthread_mutex_lock(&ahead->lock);
    ahead->holding = false;
    pthread_cond_signal(&ahead->changed);
    while (ahead->taken == ahead->filled && !ahead->ended)
        pthread_cond_wait(&ahead->changed, &ahead->lock);
    if (ahead->taken < ahead->filled) {
        const struct buffer *next = &ahead->buffers[ahead->taken++ % BUFFERS];

        *bytes = next->bytes;
        size = (ssize_t)next->size;
        ahead->holding = true;
    } else if (ahead->error != NULL) {
        size = failed(0, "%s", ahead->error);
    }
    pthread_mutex_unlock(&ahead->lock);
    return size;
}

void ahead_close(struct ahead *ahead)
{
    if (ahead == NULL)
        return;
    pthread_mutex_lock(&ahead->lock);
    ahead->stopped = true;
    pthread_cond_signal(&ahead->changed);
    pthread_mutex_unlock(&ahead->lock);
    pthread_join(ahead->thread, NULL);
    discard(ahead);
}
