// codec.h - ways to compress a block of bytes so that blocks behind each other
// are one file: members of gzip, frames of zstd and lz4, streams of xz.
// SPDX-License-Identifier: MIT
#pragma once

#include <stddef.h>
#include <sys/types.h>

struct codec {
    const char *name;
    const char *suffixes[3]; // of files, behind their name
    int least, most, usual;  // levels
    size_t block;            // bytes that are compressed at a time
    // All but "none" have these. "open" makes one thread's state, NULL when out
    // of memory; "pack" returns the size, or -1 when it failed.
    size_t (*bound)(size_t size);
    void *(*open)(int level);
    ssize_t (*pack)(void *state, const void *in, size_t size, void *out,
                    size_t room);
    void (*close)(void *state);
};

// The codec of this name, or that for a file of this name; NULL if there is
// none.
const struct codec *codec_named(const char *name);
const struct codec *codec_for_file(const char *path);
