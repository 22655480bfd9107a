// content.h - what tells the contents of two files apart: 32 bytes.
//
// Two files of one size have the same digest if they have the same bytes,
// whatever pieces these came in, and whether zeros came or were left out as
// holes. What is left out costs nothing, as there may be terabytes of it. It is
// SHA-256, but not of the bytes alone, so it says nothing to other programs.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdint.h>

#include "core/image/sha256.h"
#include "core/image/stream.h"

enum {
    CONTENT_BLOCK = 64 << 10, // bytes
    CONTENT_DIGEST = SHA256_DIGEST_SIZE,
};

struct content {
    struct image_sink sink; // first: a sink is cast to this
    struct sha256_ctx hash;
    uint64_t block; // that is being filled
    uint64_t bytes; // that came
    size_t filled;  // bytes of that block
    uint8_t data[CONTENT_BLOCK];
};

// Begin with a file; its chunks go to the sink.
void content_begin(struct content *content);

// All have come.
void content_end(struct content *content, uint8_t digest[CONTENT_DIGEST]);
