// blobs.h - the files that an image of layers consists of, by their names.
//
// In a directory, or in an archive, where they are read in their place.
// SPDX-License-Identifier: MIT
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "core/image/digest.h"

struct blobs;

// Of a directory or an archive; the descriptor stays the caller's. What holds
// something else is found out by blobs_has(). NULL after failed().
struct blobs *blobs_open_dir(int dir);

// NULL without failed(), with *other set: no such archive. What is compressed
// is decompressed into a file without a name first.
struct blobs *blobs_open_archive(int fd, bool *other);

void blobs_close(struct blobs **blobs);
#define cleanup_blobs __attribute__((cleanup(blobs_close)))

// Bytes of a file.
struct blob {
    int fd;
    uint64_t offset;
    uint64_t size;
};

void blob_close(struct blob *blob);
#define cleanup_blob __attribute__((cleanup(blob_close)))

bool blobs_has(const struct blobs *blobs, const char *name);

// The blob of that name, with a descriptor that the caller closes. 0, or -1
// after failed().
int blobs_open(const struct blobs *blobs, const char *name, struct blob *blob);

// All of a small one, as text that the caller frees; its digest is verified
// unless it is NULL. NULL after failed().
char *blobs_read(const struct blobs *blobs, const char *name,
                 const struct digest *digest, size_t *size);
