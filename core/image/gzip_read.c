// gzip_read.c - a gzip file, decompressed and checked.
//
// RFC 1952: a file is one member or several behind each other. What follows
// that is none is ignored, as gzip(1) does: tapes are padded.
// SPDX-License-Identifier: MIT
#include "core/image/gzip_read.h"

#include <errno.h>
#include <stdlib.h>
#define ZLIB_CONST // what it only reads
#include <zlib.h>

#include "core/base/err.h"

#define MAGIC "\x1f\x8b"

enum { GZIP_WINDOW = 15 + 16 }; // zlib.h, inflateInit2: largest, with header

struct gzip_reader {
    struct feed *feed;
    z_stream stream;
    bool fed;     // no input comes any more
    bool between; // one member has ended, and another may begin
};

// 0, or -1 after failed().
static int read_more(struct gzip_reader *gzip)
{
    const void *bytes;
    ssize_t n = feed_next(gzip->feed, &bytes);

    if (n < 0)
        return -1;
    gzip->fed = n == 0;
    gzip->stream.next_in = bytes;
    gzip->stream.avail_in = (uInt)n;
    return 0;
}

// A member has ended. Does another begin? If not there is nothing more.
static int begin_member(struct gzip_reader *gzip)
{
    gzip->between = false;
    if (gzip->stream.next_in[0] == (unsigned char)MAGIC[0])
        return inflateReset(&gzip->stream) == Z_OK
                   ? 0
                   : failed(0, "damaged gzip data");
    gzip->fed = true;
    gzip->between = true;
    gzip->stream.avail_in = 0;
    return 0;
}

// 0, or -1 after failed().
static int step(struct gzip_reader *gzip)
{
    const char *why;

    switch (inflate(&gzip->stream, Z_NO_FLUSH)) {
    case Z_STREAM_END:
        gzip->between = true;
        return 0;
    case Z_OK:
    case Z_BUF_ERROR: // more input is needed
        return 0;
    case Z_MEM_ERROR:
        return failed(ENOMEM, "can't decompress");
    default:
        why = gzip->stream.msg;
        return failed(0, "damaged gzip data%s%s", why != NULL ? ": " : "",
                      why != NULL ? why : "");
    }
}

bool gzip_is(struct feed *feed)
{
    return feed_begins(feed, MAGIC, sizeof MAGIC - 1);
}

struct gzip_reader *gzip_open(struct feed *feed)
{
    struct gzip_reader *gzip = calloc(1, sizeof *gzip);

    if (gzip == NULL || inflateInit2(&gzip->stream, GZIP_WINDOW) != Z_OK) {
        free(gzip);
        failed(ENOMEM, "can't decompress");
        return NULL;
    }
    gzip->feed = feed;
    return gzip;
}

ssize_t gzip_read(struct gzip_reader *gzip, void *bytes, size_t size)
{
    z_stream *stream = &gzip->stream;

    stream->next_out = bytes;
    stream->avail_out = (uInt)size;
    while (stream->avail_out > 0) {
        if (stream->avail_in == 0 && !gzip->fed && read_more(gzip) < 0)
            return -1;
        if (stream->avail_in == 0 && gzip->fed) {
            if (!gzip->between)
                return failed(0, "truncated gzip input");
            break;
        }
        if (gzip->between && begin_member(gzip) < 0)
            return -1;
        if (stream->avail_in > 0 && step(gzip) < 0)
            return -1;
    }
    return (ssize_t)(size - stream->avail_out);
}

void gzip_close(struct gzip_reader *gzip)
{
    if (gzip == NULL)
        return;
    inflateEnd(&gzip->stream);
    free(gzip);
}
