// verify.h - the digests of layers, computed while these are unpacked.
//
// By a thread, from the newest layer on, as they are unpacked. Whoever unpacks
// must ask for each layer when he is through with it, and throw away what he
// made when the answer is no.
// SPDX-License-Identifier: MIT
#pragma once

#include "core/image/blobs.h"
#include "core/image/manifest.h"

struct verify;

// Begin. Both must stay until verify_close(). NULL after failed().
struct verify *verify_open(const struct blobs *blobs,
                           const struct manifest *manifest);

// Wait for the layer, 0 being the newest. 0, or -1 after failed(): it is
// damaged.
int verify_wait(struct verify *verify, size_t layer);

void verify_close(struct verify *verify);
