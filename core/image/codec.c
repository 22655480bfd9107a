// codec.c - ways to compress a block of bytes.
//
// Each has the size of block at which little is lost by cutting: gzip looks
// back 32 KiB only; xz, whose memory is a dozen times its dictionary, gets no
// more than one block of it.
// SPDX-License-Identifier: MIT
#include "core/image/codec.h"

#include <libdeflate.h>
#include <lz4frame.h>
#include <lzma.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "core/base/str.h"

#define MIB ((size_t)1 << 20)

// --- gzip

static size_t gzip_bound(size_t size)
{
    return libdeflate_gzip_compress_bound(NULL, size);
}

static void *gzip_open(int level)
{
    return libdeflate_alloc_compressor(level);
}

static ssize_t gzip_pack(void *state, const void *in, size_t size, void *out,
                         size_t room)
{
    size_t packed = libdeflate_gzip_compress(state, in, size, out, room);

    return packed == 0 ? -1 : (ssize_t)packed;
}

static void gzip_close(void *state)
{
    libdeflate_free_compressor(state);
}

// --- zstd

static size_t zstd_bound(size_t size)
{
    return ZSTD_compressBound(size);
}

static void zstd_close(void *state)
{
    ZSTD_freeCCtx(state);
}

static void *zstd_open(int level)
{
    ZSTD_CCtx *context = ZSTD_createCCtx();

    if (context == NULL)
        return NULL;
    ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, level);
    ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
    return context;
}

static ssize_t zstd_pack(void *state, const void *in, size_t size, void *out,
                         size_t room)
{
    size_t packed = ZSTD_compress2(state, out, room, in, size);

    return ZSTD_isError(packed) ? -1 : (ssize_t)packed;
}

// --- xz

static size_t xz_bound(size_t size)
{
    return lzma_stream_buffer_bound(size);
}

static void *xz_open(int level)
{
    lzma_options_lzma *options = malloc(sizeof *options);

    if (options == NULL)
        return NULL;
    lzma_lzma_preset(options, (uint32_t)level);
    if (options->dict_size > 4 * MIB)
        options->dict_size = 4 * MIB;
    return options;
}

static ssize_t xz_pack(void *state, const void *in, size_t size, void *out,
                       size_t room)
{
    lzma_filter filters[] = { { LZMA_FILTER_LZMA2, state },
                              { LZMA_VLI_UNKNOWN, NULL } };
    size_t packed = 0;

    return lzma_stream_buffer_encode(filters, LZMA_CHECK_CRC64, NULL, in, size,
                                     out, &packed, room) == LZMA_OK
               ? (ssize_t)packed
               : -1;
}

// --- lz4

static LZ4F_preferences_t lz4_preferences(int level)
{
    LZ4F_preferences_t preferences = { .compressionLevel = level };

    preferences.frameInfo.blockSizeID = LZ4F_max4MB;
    preferences.frameInfo.contentChecksumFlag = LZ4F_contentChecksumEnabled;
    return preferences;
}

static size_t lz4_bound(size_t size)
{
    LZ4F_preferences_t preferences = lz4_preferences(0);

    return LZ4F_compressFrameBound(size, &preferences);
}

static void *lz4_open(int level)
{
    LZ4F_preferences_t *preferences = malloc(sizeof *preferences);

    if (preferences != NULL)
        *preferences = lz4_preferences(level);
    return preferences;
}

static ssize_t lz4_pack(void *state, const void *in, size_t size, void *out,
                        size_t room)
{
    size_t packed = LZ4F_compressFrame(out, room, in, size, state);

    return LZ4F_isError(packed) ? -1 : (ssize_t)packed;
}

static const struct codec codecs[] = {
    { .name = "none", .suffixes = { ".tar" }, .block = MIB },
    { "gzip",
      { ".tar.gz", ".tgz" },
      1,
      12,
      6,
      MIB,
      gzip_bound,
      gzip_open,
      gzip_pack,
      gzip_close },
    { "zstd",
      { ".tar.zst", ".tzst" },
      1,
      19,
      3,
      4 * MIB,
      zstd_bound,
      zstd_open,
      zstd_pack,
      zstd_close },
    { "xz",
      { ".tar.xz", ".txz" },
      0,
      9,
      6,
      4 * MIB,
      xz_bound,
      xz_open,
      xz_pack,
      free },
    { "lz4",
      { ".tar.lz4", ".tlz4" },
      0,
      12,
      0,
      4 * MIB,
      lz4_bound,
      lz4_open,
      lz4_pack,
      free },
};

const struct codec *codec_named(const char *name)
{
    for (size_t i = 0; i < sizeof codecs / sizeof codecs[0]; i++)
        if (strcmp(codecs[i].name, name) == 0)
            return &codecs[i];
    return strcmp(name, "gz") == 0 ? codec_named("gzip") : NULL;
}

const struct codec *codec_for_file(const char *path)
{
    for (size_t i = 0; i < sizeof codecs / sizeof codecs[0]; i++)
        for (const char *const *s = codecs[i].suffixes; *s != NULL; s++)
            if (str_ends(path, *s))
                return &codecs[i];
    return NULL;
}
