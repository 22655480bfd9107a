// file_batch.c - small files with all their data, to be written by another
// thread.
// SPDX-License-Identifier: MIT
#include "core/image/file_batch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/err.h"

enum {
    BYTES = 256 << 10, // of all files
    FILES = 24,        // which are open all the time
    HOLE = 4096,       // bytes: what is less is written as zeros
    CHUNKS = 256,
    CHUNKS_OF_ONE = BYTES / HOLE + 1, // at most
};

struct taken {
    struct file_plan plan;
    unsigned chunks; // the next so many
    bool reached;    // its end comes, too
};

struct file_batch {
    struct file_batch *next;
    unsigned files, chunks;
    size_t used; // bytes
    struct taken file[FILES];
    struct image_chunk chunk[CHUNKS];
    char bytes[BYTES];
};

// Takes the chunks of the file that comes last.
struct batch_sink {
    struct image_sink sink; // first: a sink is cast to this
    struct file_batch *batch;
    struct taken *file;
    struct budget *budget;
    uint64_t end; // of the data so far
};

// What stands behind what came last, or not far from it, goes on with it.
static bool goes_on(const struct batch_sink *to,
                    const struct image_chunk *chunk)
{
    return to->file->chunks > 0 && chunk->offset - to->end < HOLE;
}

static int take_chunk(struct image_sink *sink, const struct image_chunk *chunk)
{
    struct batch_sink *to = (struct batch_sink *)sink;
    struct file_batch *batch = to->batch;
    size_t gap = 0;

    if (chunk->offset < to->end)
        return failed(0, "damaged: the pieces of a file overlap");
    if (file_plan_check(&to->file->plan, chunk, to->budget) < 0)
        return -1;
    if (goes_on(to, chunk)) {
        gap = (size_t)(chunk->offset - to->end);
    } else {
        batch->chunk[batch->chunks++] =
            (struct image_chunk){ .bytes = batch->bytes + batch->used,
                                  .offset = chunk->offset };
        to->file->chunks++;
    }
    memset(batch->bytes + batch->used, 0, gap);
    memcpy(batch->bytes + batch->used + gap, chunk->bytes, chunk->size);
    batch->chunk[batch->chunks - 1].size += gap + chunk->size;
    batch->used += gap + chunk->size;
    to->end = chunk->offset + chunk->size;
    return 0;
}

static int write_one(const struct taken *file, const struct image_chunk *chunk,
                     const struct budget *budget)
{
    for (unsigned i = 0; i < file->chunks; i++)
        if (file_plan_write(&file->plan, &chunk[i], budget) < 0)
            return -1;
    return file_plan_end(&file->plan, file->reached);
}

static void clear(struct file_batch *batch)
{
    for (unsigned i = 0; i < batch->files; i++)
        close(batch->file[i].plan.fd);
    batch->files = batch->chunks = 0;
    batch->used = 0;
}

struct file_batch *file_batch_new(void)
{
    struct file_batch *batch = malloc(sizeof *batch);

    if (batch == NULL) {
        failed(errno, "can't write files");
        return NULL;
    }
    batch->next = NULL;
    batch->files = batch->chunks = 0;
    batch->used = 0;
    return batch;
}

bool file_batch_may_take(uint64_t size)
{
    return size <= BYTES;
}

bool file_batch_has_room(const struct file_batch *batch, uint64_t size)
{
    return batch->files < FILES && batch->chunks + CHUNKS_OF_ONE <= CHUNKS &&
           size <= BYTES - batch->used;
}

int file_batch_add(struct file_batch *batch, const struct file_plan *plan,
                   struct image_reader *reader, struct budget *budget)
{
    struct taken *file = &batch->file[batch->files++];
    struct image_part all = { .id = plan->id, .size = plan->size };
    struct batch_sink to = { { take_chunk }, batch, file, budget, 0 };
    unsigned chunks = batch->chunks;

    *file = (struct taken){ .plan = *plan };
    if (plan->size > 0 && reader->ops->data(reader, &all, &to.sink) < 0) {
        close(plan->fd);
        batch->files--;
        batch->chunks = chunks;
        return -1;
    }
    file->reached = to.end == plan->size;
    return 0;
}

int file_batch_write(struct file_batch *batch, const struct budget *budget)
{
    const struct image_chunk *chunk = batch->chunk;
    int status = 0;

    for (unsigned i = 0; i < batch->files && status == 0; i++) {
        status = write_one(&batch->file[i], chunk, budget);
        chunk += batch->file[i].chunks;
    }
    clear(batch);
    return status;
}

bool file_batch_is_empty(const struct file_batch *batch)
{
    return batch->files == 0;
}

void file_batch_free(struct file_batch *batch)
{
    while (batch != NULL) {
        struct file_batch *next = batch->next;

        clear(batch);
        free(batch);
        batch = next;
    }
}

struct file_batch **file_batch_next(struct file_batch *batch)
{
    return &batch->next;
}
