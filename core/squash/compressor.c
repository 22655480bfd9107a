// compressor.c - the compressors behind one signature.
//
// Chosen for speed on whole blocks: libdeflate makes of a block what zlib's
// best level makes of it, in a quarter of the time; contexts of zstd and
// encoders of xz that are kept need no memory from the system per block. lzo is
// not among them: lz4 is better at all that it is good for.
// SPDX-License-Identifier: MIT
#include "core/squash/compressor.h"

#include <endian.h>
#include <errno.h>
#include <libdeflate.h>
#include <lz4.h>
#include <lz4hc.h>
#include <lzma.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "core/base/err.h"

struct compressor_method {
    const char *name;
    unsigned number; // in the super block
    int level;       // that is taken if none is asked for
    int min, max;    // levels
    void *(*start)(const struct compressor *compressor);
    void (*end)(void *state);
    ssize_t (*pack)(const struct compressor *compressor, void *state,
                    struct iovec in, uint8_t *out);
    size_t (*options)(const struct compressor *compressor, uint8_t *bytes);
};

static void *deflate_start(const struct compressor *compressor)
{
    return libdeflate_alloc_compressor(compressor->level);
}

static void deflate_end(void *state)
{
    libdeflate_free_compressor(state);
}

static ssize_t deflate_pack(const struct compressor *compressor, void *state,
                            struct iovec in, uint8_t *out)
{
    (void)compressor;
    return (ssize_t)libdeflate_zlib_compress(state, in.iov_base, in.iov_len,
                                             out, in.iov_len - 1);
}

static void *xz_start(const struct compressor *compressor)
{
    static const lzma_stream fresh = LZMA_STREAM_INIT;
    lzma_stream *stream = malloc(sizeof *stream);

    (void)compressor;
    if (stream != NULL)
        *stream = fresh;
    return stream;
}

static void xz_end(void *state)
{
    lzma_end(state);
    free(state);
}

// A dictionary of the size of a block is what unpackers expect when no options
// are written.
static ssize_t xz_pack(const struct compressor *compressor, void *state,
                       struct iovec in, uint8_t *out)
{
    lzma_stream *stream = state;
    lzma_options_lzma options;
    lzma_filter filters[] = { { LZMA_FILTER_LZMA2, &options },
                              { LZMA_VLI_UNKNOWN, NULL } };
    lzma_ret status;

    if (lzma_lzma_preset(&options, (uint32_t)compressor->level))
        return -1;
    options.dict_size = compressor->block_size;
    // Starting over keeps the memory of the encoder before.
    if (lzma_stream_encoder(stream, filters, LZMA_CHECK_CRC32) != LZMA_OK)
        return -1;
    stream->next_in = in.iov_base;
    stream->avail_in = in.iov_len;
    stream->next_out = out;
    stream->avail_out = in.iov_len - 1;
    status = lzma_code(stream, LZMA_FINISH);
    if (status == LZMA_STREAM_END)
        return (ssize_t)(in.iov_len - 1 - stream->avail_out);
    return status == LZMA_OK ? 0 : -1; // no room left
}

static void *lz4_start(const struct compressor *compressor)
{
    size_t size = (size_t)(compressor->level > 1 ? LZ4_sizeofStateHC()
                                                 : LZ4_sizeofState());

    return malloc(size);
}

static ssize_t lz4_pack(const struct compressor *compressor, void *state,
                        struct iovec in, uint8_t *out)
{
    int size = (int)in.iov_len;

    if (compressor->level > 1)
        return LZ4_compress_HC_extStateHC(state, in.iov_base, (char *)out, size,
                                          size - 1, compressor->level);
    return LZ4_compress_fast_extState(state, in.iov_base, (char *)out, size,
                                      size - 1, 1);
}

// The kernel demands them: a version, which is 1, and whether HC was used.
static size_t lz4_options(const struct compressor *compressor, uint8_t *bytes)
{
    uint32_t words[] = { htole32(1), htole32(compressor->level > 1) };

    memcpy(bytes, words, sizeof words);
    return sizeof words;
}

static void *zstd_start(const struct compressor *compressor)
{
    (void)compressor;
    return ZSTD_createCCtx();
}

static void zstd_end(void *state)
{
    ZSTD_freeCCtx(state);
}

// Without a checksum: the kernel (6.18 too) takes a block for corrupt when the
// bytes behind its data are in another block of the device.
static ssize_t zstd_pack(const struct compressor *compressor, void *state,
                         struct iovec in, uint8_t *out)
{
    size_t made = ZSTD_compressCCtx(state, out, in.iov_len - 1, in.iov_base,
                                    in.iov_len, compressor->level);

    return ZSTD_isError(made) ? 0 : (ssize_t)made;
}

// For people: nothing else reads the level.
static size_t zstd_options(const struct compressor *compressor, uint8_t *bytes)
{
    uint32_t level = htole32((uint32_t)compressor->level);

    memcpy(bytes, &level, sizeof level);
    return sizeof level;
}

static const struct compressor_method methods[] = {
    { "gzip", 1, 8, 1, 12, deflate_start, deflate_end, deflate_pack, NULL },
    { "xz", 4, 6, 0, 9, xz_start, xz_end, xz_pack, NULL },
    { "lz4", 5, 1, 1, 12, lz4_start, free, lz4_pack, lz4_options },
    { "zstd", 6, 9, 1, 22, zstd_start, zstd_end, zstd_pack, zstd_options },
};

int compressor_init(struct compressor *compressor, const char *name, int level)
{
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
        const struct compressor_method *method = &methods[i];

        if (strcmp(method->name, name) != 0)
            continue;
        if (level != 0 && (level < method->min || level > method->max))
            return failed(0, "%s has no level %d, but %d to %d", name, level,
                          method->min, method->max);
        compressor->method = method;
        compressor->level = level != 0 ? level : method->level;
        return 0;
    }
    return failed(0,
                  "no compression method \"%s\" for SquashFS; there are "
                  "gzip, xz, lz4 and zstd",
                  name);
}

unsigned compressor_number(const struct compressor *compressor)
{
    return compressor->method->number;
}

size_t compressor_options(const struct compressor *compressor,
                          uint8_t bytes[COMPRESSOR_OPTIONS_MAX])
{
    if (compressor->method->options == NULL)
        return 0;
    return compressor->method->options(compressor, bytes);
}

void *compressor_start(const struct compressor *compressor)
{
    void *state = compressor->method->start(compressor);

    if (state == NULL)
        failed(ENOMEM, "can't compress with %s", compressor->method->name);
    return state;
}

void compressor_end(const struct compressor *compressor, void *state)
{
    if (state != NULL)
        compressor->method->end(state);
}

ssize_t compressor_pack(const struct compressor *compressor, void *state,
                        struct iovec in, uint8_t *out)
{
    ssize_t made;

    if (in.iov_len < 2) // less than one byte is none
        return 0;
    made = compressor->method->pack(compressor, state, in, out);
    if (made >= 0)
        return made;
    return failed(ENOMEM, "can't compress with %s", compressor->method->name);
}
