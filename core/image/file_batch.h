// file_batch.h - small files with all their data, to be written by another
// thread.
//
// Of a reader that brings data once, in their order, one thread takes them; the
// rest of what files take, which is more for small ones, others can do.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdbool.h>

#include "core/image/file_plan.h"

struct file_batch;

// NULL after failed().
struct file_batch *file_batch_new(void);

// So large a file may ever be.
bool file_batch_may_take(uint64_t size);

// Is there room for one more?
bool file_batch_has_room(const struct file_batch *batch, uint64_t size);

// Take the file's data from the reader, and its descriptor over. 0, or -1 after
// failed(); then it was closed.
int file_batch_add(struct file_batch *batch, const struct file_plan *plan,
                   struct image_reader *reader, struct budget *budget);

// Write all that were taken, of which none is left then. 0, or -1 after
// failed().
int file_batch_write(struct file_batch *batch, const struct budget *budget);

bool file_batch_is_empty(const struct file_batch *batch);

// Files that were not written stay as they are.
void file_batch_free(struct file_batch *batch);

// Batches in a list: freed together.
struct file_batch **file_batch_next(struct file_batch *batch);
