// file_write.h - the contents of files, written by several threads.
// SPDX-License-Identifier: MIT
#pragma once

#include "core/image/file_plan.h"

struct file_writers;

// Of readers whose "parts" is set, data are fetched by at most so many threads;
// of others small files are written by them. 0: as many as this process has
// CPUs. They are started when they are needed. NULL after failed().
struct file_writers *file_writers_new(unsigned threads, struct budget *budget);

// Write the file, or see to it that it is written; its descriptor is taken
// over. 0, or -1 after failed(), perhaps because of an earlier file.
int file_write(struct file_writers *writers, const struct file_plan *plan,
               struct image_reader *reader);

// Wait until all is written. 0, or -1 after failed().
int file_writers_finish(struct file_writers *writers);

void file_writers_free(struct file_writers *writers);
