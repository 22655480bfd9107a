// content.c - what tells the contents of two files apart: 32 bytes.
//
// The file is cut into blocks. Of each that is not all zeros its number, its
// length without the zeros at its end, and so many bytes are hashed: there is
// one way only to write a file of a given size like this.
// SPDX-License-Identifier: MIT
#include "core/image/content.h"

#include <string.h>

#include "core/base/err.h"

static size_t without_zeros(const uint8_t *bytes, size_t size)
{
    while (size >= sizeof(uint64_t)) {
        uint64_t last;

        memcpy(&last, bytes + size - sizeof last, sizeof last);
        if (last != 0)
            break;
        size -= sizeof last;
    }
    while (size > 0 && bytes[size - 1] == 0)
        size--;
    return size;
}

static void add_block(struct content *content, const uint8_t *bytes,
                      size_t size)
{
    size_t used = without_zeros(bytes, size);
    uint64_t head[2] = { content->block, used };

    if (used == 0)
        return;
    sha256_take(&content->hash, head, sizeof head);
    sha256_take(&content->hash, bytes, used);
}

static void flush(struct content *content)
{
    add_block(content, content->data, content->filled);
    content->filled = 0;
}

// Bytes for the block, from "at" on.
static void fill(struct content *content, size_t at, const uint8_t *bytes,
                 size_t size)
{
    memset(content->data + content->filled, 0, at - content->filled);
    memcpy(content->data + at, bytes, size);
    content->filled = at + size;
}

// Bytes of one block. What came is not to come again.
static int put_piece(struct content *content, uint64_t offset,
                     const uint8_t *bytes, size_t size)
{
    uint64_t block = offset / CONTENT_BLOCK;
    size_t at = offset % CONTENT_BLOCK;

    if (block != content->block)
        flush(content);
    if (block < content->block || at < content->filled)
        return failed(0, "damaged: data out of their order");
    content->block = block;
    if (size < CONTENT_BLOCK) {
        fill(content, at, bytes, size);
        return 0;
    }
    add_block(content, bytes, size);
    content->block++;
    return 0;
}

static int put(struct image_sink *sink, const struct image_chunk *chunk)
{
    struct content *content = (struct content *)sink;
    size_t size;

    content->bytes += chunk->size;
    for (size_t done = 0; done < chunk->size; done += size) {
        uint64_t offset = chunk->offset + done;
        size_t room = CONTENT_BLOCK - offset % CONTENT_BLOCK;

        size = chunk->size - done;
        if (size > room)
            size = room;
        if (put_piece(content, offset, (const uint8_t *)chunk->bytes + done,
                      size) < 0)
            return -1;
    }
    return 0;
}

void content_begin(struct content *content)
{
    content->sink.put = put;
    content->block = 0;
    content->bytes = 0;
    content->filled = 0;
    sha256_start(&content->hash);
}

void content_end(struct content *content, uint8_t digest[CONTENT_DIGEST])
{
    flush(content);
    sha256_give(&content->hash, digest);
}
