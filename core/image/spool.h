// spool.h - an archive that is read in its place, though it is compressed.
//
// Layers are wanted newest first, and stand in an archive in any order. So what
// is compressed is decompressed, once, into a file that has no name: it is gone
// when it is closed, however the process ends. It is in $TMPDIR, else in
// /var/tmp, else in /tmp, since it does not fit into memory beside the image.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdbool.h>

// A file without a name, to be written and read. -1 after failed().
int spool_file(void);

// What is in a pipe already, in a file without a name; it stays in the pipe.
// Waits until something is there. -1, without failed(), if it is no pipe.
int spool_peek(int pipe);

// Is it an archive whose first member's name is accepted? The file is at its
// beginning after this.
bool spool_may_be(int fd, bool (*accept)(const char *path));

// A descriptor for the tar archive in a file, as it is or decompressed; of a
// pipe, too, which is read into such a file. When
// its first member's name is not accepted, or there is none, *other is set: -1
// without failed(), and the file is at its beginning again. -1 after failed().
int spool_open(int fd, bool (*accept)(const char *path), bool *other);
