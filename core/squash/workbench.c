// workbench.c - the five decompressors behind one signature.
//
// Chosen for speed on whole blocks in memory: libdeflate needs two thirds of
// zlib's time; a zstd context and an xz decoder that are kept need no memory
// from the system per block.
// SPDX-License-Identifier: MIT
#include "core/squash/workbench.h"

#include <errno.h>
#include <libdeflate.h>
#include <lz4.h>
#include <lzma.h>
#include <lzo/lzo1x.h>
#include <stdlib.h>
#include <time.h>
#include <zstd.h>

#include "core/squash/format.h"

// An xz block asks for a dictionary of at most its size, 1 MiB. What asks for
// more is not from mksquashfs and might want to fill the memory.
enum { XZ_MEMORY = 16 << 20 };

struct codec {
    unsigned number;
    const char *name;
    void *(*create)(void);
    void (*destroy)(void *state);
    ssize_t (*unpack)(void *state, const uint8_t *in, size_t size,
                      struct iovec out);
};

static void *deflate_create(void)
{
    return libdeflate_alloc_decompressor();
}

static void deflate_destroy(void *state)
{
    libdeflate_free_decompressor(state);
}

static ssize_t deflate_unpack(void *state, const uint8_t *in, size_t size,
                              struct iovec out)
{
    size_t made;

    if (libdeflate_zlib_decompress(state, in, size, out.iov_base, out.iov_len,
                                   &made) != LIBDEFLATE_SUCCESS)
        return -1;
    return (ssize_t)made;
}

static void *xz_create(void)
{
    static const lzma_stream fresh = LZMA_STREAM_INIT;
    lzma_stream *stream = malloc(sizeof *stream);

    if (stream != NULL)
        *stream = fresh;
    return stream;
}

static void xz_destroy(void *state)
{
    lzma_end(state);
    free(state);
}

static ssize_t xz_unpack(void *state, const uint8_t *in, size_t size,
                         struct iovec out)
{
    lzma_stream *stream = state;

    // Starting over keeps the memory of the decoder before.
    if (lzma_stream_decoder(stream, XZ_MEMORY, 0) != LZMA_OK)
        return -1;
    stream->next_in = in;
    stream->avail_in = size;
    stream->next_out = out.iov_base;
    stream->avail_out = out.iov_len;
    if (lzma_code(stream, LZMA_FINISH) != LZMA_STREAM_END)
        return -1;
    return (ssize_t)(out.iov_len - stream->avail_out);
}

static ssize_t lzo_unpack(void *state, const uint8_t *in, size_t size,
                          struct iovec out)
{
    lzo_uint made = out.iov_len;

    (void)state;
    if (lzo1x_decompress_safe(in, size, out.iov_base, &made, NULL) != LZO_E_OK)
        return -1;
    return (ssize_t)made;
}

static ssize_t lz4_unpack(void *state, const uint8_t *in, size_t size,
                          struct iovec out)
{
    (void)state;
    return LZ4_decompress_safe((const char *)in, out.iov_base, (int)size,
                               (int)out.iov_len);
}

static void *zstd_create(void)
{
    return ZSTD_createDCtx();
}

static void zstd_destroy(void *state)
{
    ZSTD_freeDCtx(state);
}

static ssize_t zstd_unpack(void *state, const uint8_t *in, size_t size,
                           struct iovec out)
{
    size_t made =
        ZSTD_decompressDCtx(state, out.iov_base, out.iov_len, in, size);

    return ZSTD_isError(made) ? -1 : (ssize_t)made;
}

static const struct codec codecs[] = {
    { ZLIB_COMPRESSION, "gzip", deflate_create, deflate_destroy,
      deflate_unpack },
    { LZO_COMPRESSION, "lzo", NULL, NULL, lzo_unpack },
    { XZ_COMPRESSION, "xz", xz_create, xz_destroy, xz_unpack },
    { LZ4_COMPRESSION, "lz4", NULL, NULL, lz4_unpack },
    { ZSTD_COMPRESSION, "zstd", zstd_create, zstd_destroy, zstd_unpack },
};

// Without a system call (vdso(7)): a hundredth of what a small block takes.
static uint64_t now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

static struct workbench *workbench_new(const struct workbenches *benches)
{
    const struct codec *codec = benches->codec;
    struct workbench *bench = malloc(sizeof *bench + benches->input_size);

    if (bench == NULL)
        return NULL;
    *bench = (struct workbench){ .codec = codec };
    if (codec->create == NULL)
        return bench;
    bench->state = codec->create();
    if (bench->state != NULL)
        return bench;
    free(bench);
    errno = ENOMEM;
    return NULL;
}

const struct codec *codec_find(unsigned number)
{
    for (size_t i = 0; i < sizeof codecs / sizeof *codecs; i++) {
        if (codecs[i].number == number)
            return &codecs[i];
    }
    return NULL;
}

void workbenches_init(struct workbenches *benches, const struct codec *codec,
                      size_t block_size)
{
    size_t metadata = 2 + SQUASHFS_METADATA_SIZE;

    pthread_mutex_init(&benches->lock, NULL);
    benches->idle = NULL;
    benches->unpacked = (struct unpacked){ 0 };
    benches->codec = codec;
    benches->input_size = block_size > metadata ? block_size : metadata;
}

void workbenches_destroy(struct workbenches *benches)
{
    struct workbench *bench;

    while ((bench = benches->idle) != NULL) {
        benches->idle = bench->next;
        if (bench->codec->destroy != NULL)
            bench->codec->destroy(bench->state);
        free(bench);
    }
    pthread_mutex_destroy(&benches->lock);
}

struct workbench *workbench_get(struct workbenches *benches)
{
    struct workbench *bench;

    pthread_mutex_lock(&benches->lock);
    bench = benches->idle;
    if (bench != NULL)
        benches->idle = bench->next;
    pthread_mutex_unlock(&benches->lock);
    return bench != NULL ? bench : workbench_new(benches);
}

void workbench_put(struct workbenches *benches, struct workbench *bench)
{
    pthread_mutex_lock(&benches->lock);
    benches->unpacked.bytes += bench->unpacked.bytes;
    benches->unpacked.nanoseconds += bench->unpacked.nanoseconds;
    bench->unpacked = (struct unpacked){ 0 };
    bench->next = benches->idle;
    benches->idle = bench;
    pthread_mutex_unlock(&benches->lock);
}

ssize_t workbench_unpack(struct workbench *bench, const uint8_t *in,
                         size_t size, struct iovec out)
{
    uint64_t begun = now();
    ssize_t made = bench->codec->unpack(bench->state, in, size, out);

    bench->unpacked.nanoseconds += now() - begun;
    if (made >= 0) {
        bench->unpacked.bytes += (uint64_t)made;
        return made;
    }
    errno = EIO;
    return -1;
}

struct unpacked workbenches_unpacked(struct workbenches *benches)
{
    struct unpacked unpacked;

    pthread_mutex_lock(&benches->lock);
    unpacked = benches->unpacked;
    pthread_mutex_unlock(&benches->lock);
    return unpacked;
}
