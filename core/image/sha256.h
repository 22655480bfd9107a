// sha256.h - SHA-256, by Nettle.
// SPDX-License-Identifier: MIT
#pragma once

#include <nettle/sha2.h>
#include <stddef.h>
#include <stdint.h>

void sha256_start(struct sha256_ctx *state);
void sha256_take(struct sha256_ctx *state, const void *bytes, size_t size);
void sha256_give(struct sha256_ctx *state, uint8_t digest[SHA256_DIGEST_SIZE]);
