// xz_read.c - an xz file, decompressed by all CPUs.
// SPDX-License-Identifier: MIT
#include "core/image/xz_read.h"

#include <errno.h>
#include <lzma.h>
#include <stdlib.h>

#include "core/base/err.h"
#include "core/base/thread.h"

enum {
    THREADS_MAX = 16,
    // Bytes: so much for many threads, else there are fewer; the library takes
    // up to twice of it, and all of a conversion is to stay below 100 MiB. And
    // what a single one may take, more than "xz -9" needs.
    MEMORY_MANY = 48 << 20,
    MEMORY_MOST = 1 << 30,
};

struct xz_reader {
    struct feed *feed;
    lzma_stream stream;
    bool ended;
};

// What the library's own answers mean.
static const struct {
    lzma_ret answer;
    const char *text;
} errors[] = {
    { LZMA_MEM_ERROR, "out of memory" },
    { LZMA_MEMLIMIT_ERROR, "it takes too much memory to decompress" },
    { LZMA_FORMAT_ERROR, "damaged xz data: no header" },
    { LZMA_OPTIONS_ERROR, "unsupported options of xz" },
    { LZMA_BUF_ERROR, "truncated xz input" },
};

static int explain(lzma_ret answer)
{
    for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++)
        if (errors[i].answer == answer)
            return failed(0, "%s", errors[i].text);
    return failed(0, "damaged xz data");
}

static uint32_t count_threads(void)
{
    unsigned count = thread_cpus();

    return count < THREADS_MAX ? count : THREADS_MAX;
}

// 0, or -1 after failed().
static int read_more(struct xz_reader *xz)
{
    const void *bytes;
    ssize_t n = feed_next(xz->feed, &bytes);

    if (n < 0)
        return -1;
    xz->stream.next_in = bytes;
    xz->stream.avail_in = (size_t)n;
    xz->ended = n == 0;
    return 0;
}

bool xz_is(struct feed *feed)
{
    static const char magic[6] = "\xfd\x37zXZ";

    return feed_begins(feed, magic, sizeof magic);
}

struct xz_reader *xz_open(struct feed *feed)
{
    struct xz_reader *xz = calloc(1, sizeof *xz);
    lzma_mt how = { .flags = LZMA_CONCATENATED,
                    .threads = count_threads(),
                    .memlimit_threading = MEMORY_MANY,
                    .memlimit_stop = MEMORY_MOST };
    lzma_ret answer;

    if (xz == NULL) {
        failed(errno, "can't decompress");
        return NULL;
    }
    xz->feed = feed;
    answer = lzma_stream_decoder_mt(&xz->stream, &how);
    if (answer == LZMA_OK)
        return xz;
    explain(answer);
    free(xz);
    return NULL;
}

ssize_t xz_read(struct xz_reader *xz, void *bytes, size_t size)
{
    lzma_stream *stream = &xz->stream;
    lzma_ret answer = LZMA_OK;

    stream->next_out = bytes;
    stream->avail_out = size;
    while (answer == LZMA_OK && stream->avail_out > 0) {
        if (stream->avail_in == 0 && !xz->ended && read_more(xz) < 0)
            return -1;
        answer = lzma_code(stream, xz->ended ? LZMA_FINISH : LZMA_RUN);
    }
    if (answer != LZMA_OK && answer != LZMA_STREAM_END)
        return explain(answer);
    return (ssize_t)(size - stream->avail_out);
}

void xz_close(struct xz_reader *xz)
{
    if (xz == NULL)
        return;
    lzma_end(&xz->stream);
    free(xz);
}
