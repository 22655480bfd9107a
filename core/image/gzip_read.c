// gzip_read.c - a gzip file, decompressed and checked.
//
// RFC 1952: a file is one member or several behind each other. What follows
// that is none is ignored, as gzip(1) does: tapes are padded.
//
// By ISA-L, in half of zlib's time. It would read a member's header by itself,
// but forgets what fields that has when it ends with what was read at once.
// SPDX-License-Identifier: MIT
#include "core/image/gzip_read.h"

#include <errno.h>
#include <isa-l/igzip_lib.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"

#define MAGIC "\x1f\x8b"

struct gzip_reader {
    struct feed *feed;
    struct inflate_state state;
    struct isal_gzip_header header;
    enum { BETWEEN, HEADER, DATA } at; // BETWEEN: a member has ended
    bool fed;                          // no input comes any more
};

// 0, or -1 after failed().
static int read_more(struct gzip_reader *gzip)
{
    const void *bytes;
    ssize_t n = feed_next(gzip->feed, &bytes);

    if (n < 0)
        return -1;
    gzip->fed = n == 0;
    memcpy(&gzip->state.next_in, &bytes, sizeof bytes); // it is not written to
    gzip->state.avail_in = (uint32_t)n;
    return 0;
}

// Does another member begin? If not there is nothing more.
static bool begin_member(struct gzip_reader *gzip)
{
    struct inflate_state *state = &gzip->state;

    if (state->avail_in == 0 || state->next_in[0] != (unsigned char)MAGIC[0]) {
        gzip->fed = true;
        state->avail_in = 0;
        return false;
    }
    isal_inflate_reset(state);
    gzip->header = (struct isal_gzip_header){ 0 };
    gzip->at = HEADER;
    return true;
}

// What the library's own answers mean.
static int explain(int answer)
{
    static const struct {
        int answer;
        const char *text;
    } errors[] = {
        { ISAL_INVALID_WRAPPER, "no header" },
        { ISAL_UNSUPPORTED_METHOD, "an unknown method" },
        { ISAL_INCORRECT_CHECKSUM, "a wrong checksum" },
    };

    for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++)
        if (errors[i].answer == answer)
            return failed(0, "damaged gzip data: %s", errors[i].text);
    return failed(0, "damaged gzip data");
}

// 0, or -1 after failed().
static int step(struct gzip_reader *gzip)
{
    struct inflate_state *state = &gzip->state;
    int answer;

    if (gzip->at == HEADER) {
        answer = isal_read_gzip_header(state, &gzip->header);
        if (answer == ISAL_DECOMP_OK)
            gzip->at = DATA;
        return answer == ISAL_DECOMP_OK || answer == ISAL_END_INPUT
                   ? 0
                   : explain(answer);
    }
    answer = isal_inflate(state);
    if (answer != ISAL_DECOMP_OK)
        return explain(answer);
    if (state->block_state == ISAL_BLOCK_FINISH)
        gzip->at = BETWEEN;
    return 0;
}

bool gzip_is(struct feed *feed)
{
    return feed_begins(feed, MAGIC, sizeof MAGIC - 1);
}

struct gzip_reader *gzip_open(struct feed *feed)
{
    struct gzip_reader *gzip = calloc(1, sizeof *gzip);

    if (gzip == NULL) {
        failed(ENOMEM, "can't decompress");
        return NULL;
    }
    isal_inflate_init(&gzip->state);
    gzip->state.crc_flag = ISAL_GZIP_NO_HDR_VER;
    gzip->feed = feed;
    gzip->at = HEADER; // gzip_is() has seen how it begins
    return gzip;
}

// The decoder keeps some of what it has made: there may be output without
// further input.
ssize_t gzip_read(struct gzip_reader *gzip, void *bytes, size_t size)
{
    struct inflate_state *state = &gzip->state;

    state->next_out = bytes;
    state->avail_out = (uint32_t)size;
    while (state->avail_out > 0) {
        uint32_t room = state->avail_out;

        if (state->avail_in == 0 && !gzip->fed && read_more(gzip) < 0)
            return -1;
        if (gzip->at == BETWEEN && !begin_member(gzip))
            break;
        if (step(gzip) < 0)
            return -1;
        if (gzip->fed && gzip->at != BETWEEN && state->avail_out == room)
            return failed(0, "truncated gzip input");
    }
    return (ssize_t)(size - state->avail_out);
}

void gzip_close(struct gzip_reader *gzip)
{
    free(gzip);
}
