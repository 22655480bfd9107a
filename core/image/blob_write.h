// blob_write.h - the files that an image of layers consists of, written into a
// directory, or as the members of a tar archive.
// SPDX-License-Identifier: MIT
#pragma once

#include <stddef.h>

struct blob_writer;

// The descriptors stay the caller's. NULL after failed().
struct blob_writer *blob_write_dir(int dir);

// What can't be sought in gets the archive when it is complete, and until then
// it is in a file without a name (spool.h).
struct blob_writer *blob_write_archive(int fd);

// A directory for what comes, whose own directory is there: skopeo wants to
// find it in an archive, too. 0, or -1 after failed().
int blob_directory(struct blob_writer *writer, const char *name);

// Begin one, whose name and size need not be known yet: the descriptor, not the
// caller's, that its bytes are to be written to. -1 after failed().
int blob_begin(struct blob_writer *writer);

// It is complete. 0, or -1 after failed().
int blob_end(struct blob_writer *writer, const char *name);

// A small one at once. 0, or -1 after failed().
int blob_put(struct blob_writer *writer, const char *name, const void *bytes,
             size_t size);

// No more will come. 0, or -1 after failed().
int blob_writer_finish(struct blob_writer *writer);

void blob_writer_close(struct blob_writer *writer);
