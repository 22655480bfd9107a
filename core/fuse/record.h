// record.h - in which order the files of an image are read first.
//
// A line is written before the read is answered. So whoever waits for the
// programs that read finds all that they did, although the server still runs.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdint.h>

#include "core/squash/reader.h"

struct record;

// Learn the names of all files, to write paths to "fd", which is borrowed. NULL
// after failed().
struct record *record_open(struct squash *image, int fd);

// A regular file is read, by its id; from any thread.
void record_read(struct record *record, uint64_t id);

void record_close(struct record *record);
