// output.h - the file that an image is written to.
// SPDX-License-Identifier: MIT
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <sqfs/io.h>

// For libsquashfs a file whose end is the position.
struct output {
    sqfs_file_t file; // first: a file is cast to this
    int fd;
    uint64_t position;
    int error; // errno of the first write that failed, which the library drops
};

void output_init(struct output *output, int fd);

// Write at the position, and advance it. 0, or -1 after failed().
int output_add(struct output *output, const void *bytes, size_t size);

// Fill up to a multiple of "unit" bytes, and cut off what is behind. 0, or -1
// after failed().
int output_end(struct output *output, size_t unit);

// The error of a call of the library's that returned "status". -1.
int output_failed(const struct output *output, int status, const char *what);
