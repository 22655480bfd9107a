// outfile.h - the file that an image is written to.
// SPDX-License-Identifier: MIT
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <sqfs/io.h>

// For libsquashfs a file whose end is the position.
struct outfile {
    sqfs_file_t file; // first: a file is cast to this
    int fd;
    uint64_t position;
    int error; // errno of the first write that failed, which the library drops
};

void outfile_init(struct outfile *outfile, int fd);

// Write at the position, and advance it. 0, or -1 after failed().
int outfile_add(struct outfile *outfile, const void *bytes, size_t size);

// Fill up to a multiple of "unit" bytes, and cut off what is behind. 0, or -1
// after failed().
int outfile_end(struct outfile *outfile, size_t unit);

// The error of a call of the library's that returned "status". -1.
int outfile_failed(const struct outfile *outfile, int status, const char *what);
