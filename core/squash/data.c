// data.c - the contents of files on their way into an image: how they are cut
// into jobs.
//
// What belongs to which job depends on the order and the sizes of the files
// alone, so that the image does not depend on how fast which thread was.
// SPDX-License-Identifier: MIT
#include "core/squash/data.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"
#include "core/base/thread.h"
#include "core/squash/data_job.h"

// So many blocks has a file at most, 4 TiB in blocks of 128 KiB: the list of
// its blocks must be in memory, even where they are all zeros.
#define BLOCKS_MAX (1U << 25)

enum {
    JOBS_PER_THREAD = 4,    // waiting, worked on, waiting to be written
    JOBS_MORE = 8,          // for the one that all others wait for
    BUFFERS_MAX = 48 << 20, // bytes for the jobs of all threads, if possible
};

static struct data_job *get_job(struct data *data, int kind)
{
    struct data_job *job = (struct data_job *)crew_get(data->crew);

    if (job == NULL)
        return NULL;
    job->kind = kind;
    job->source = NULL;
    job->used = 0;
    job->small_count = 0;
    return job;
}

static int put_small(struct data *data)
{
    struct data_job *job = data->open_small;

    data->open_small = NULL;
    return job != NULL ? crew_put(data->crew, &job->job) : 0;
}

// A place for a small file in a job from this source.
static struct data_small *take_place(struct data *data, struct data_file *file,
                                     struct data_source *source)
{
    struct data_job *job = data->open_small;
    uint32_t size = (uint32_t)file->size;
    struct data_small *small;

    if (job != NULL && (job->source != source ||
                        job->used + size > data->compressor.block_size ||
                        job->small_count == DATA_SMALL_MAX)) {
        if (put_small(data) < 0)
            return NULL;
        job = NULL;
    }
    if (job == NULL) {
        job = get_job(data, DATA_SMALL);
        if (job == NULL)
            return NULL;
        job->source = source;
        data->open_small = job;
    }
    small = &job->small[job->small_count++];
    *small = (struct data_small){ .file = file,
                                  .range = { .size = size },
                                  .at = job->used };
    job->used += size;
    return small;
}

// The bytes of block "index" of the file.
static struct data_range range_of(const struct data *data,
                                  const struct data_file *file, uint32_t index)
{
    uint64_t offset = (uint64_t)index * data->compressor.block_size;
    uint64_t rest = file->size - offset;
    uint32_t size = data->compressor.block_size;

    return (struct data_range){ .offset = offset,
                                .size = rest < size ? (uint32_t)rest : size };
}

static struct data_job *get_block(struct data *data, struct data_file *file,
                                  uint32_t index)
{
    struct data_job *job = get_job(data, DATA_BLOCK);

    if (job == NULL)
        return NULL;
    job->file = file;
    job->index = index;
    job->range = range_of(data, file, index);
    job->used = job->range.size;
    return job;
}

struct data *data_new(struct outfile *out, const struct data_options *options)
{
    struct data *data = calloc(1, sizeof *data);
    struct crew_size size = { .threads = options->threads };
    unsigned most = BUFFERS_MAX / (2 * options->compressor.block_size);

    if (data == NULL) {
        failed(errno, "can't write an image");
        return NULL;
    }
    data->compressor = options->compressor;
    data->out = out;
    if (size.threads == 0)
        size.threads = thread_cpus();
    size.jobs = JOBS_PER_THREAD * size.threads + JOBS_MORE;
    if (size.jobs > most) // but each thread needs some
        size.jobs = most > 2 * size.threads ? most : 2 * size.threads;
    if (digest_key_init(&data->key) == 0)
        data->crew = crew_new(&data_crew_ops, data, size);
    if (data->crew != NULL)
        return data;
    free(data);
    return NULL;
}

static void drop_job(struct data *data, struct data_job *job)
{
    if (job != NULL)
        crew_drop(data->crew, &job->job);
}

void data_free(struct data *data)
{
    if (data == NULL)
        return;
    drop_job(data, data->open_small);
    drop_job(data, data->open_block);
    crew_stop(data->crew);
    drop_job(data, data->fragment);
    crew_free(data->crew);
    pool_free(&data->files);
    digest_table_free(&data->small);
    digest_table_free(&data->large);
    free(data->written);
    free(data);
}

struct data_file *data_add(struct data *data, uint64_t size)
{
    uint64_t block_size = data->compressor.block_size;
    uint64_t count = size / block_size;
    struct data_file *file = NULL;
    size_t bytes;

    if (size >= block_size && size % block_size > 0)
        count++;
    bytes = sizeof *file + count * sizeof *file->blocks;
    if (count > BLOCKS_MAX)
        errno = EFBIG;
    else
        file = pool_take(&data->files, bytes);
    if (file == NULL) {
        failed(errno, "can't store a file of %ju bytes in blocks of %ju",
               (uintmax_t)size, (uintmax_t)block_size);
        return NULL;
    }
    file->size = size;
    file->count = (uint32_t)count;
    file->fragment = DATA_NO_FRAGMENT;
    return file;
}

static int fetch_small(struct data *data, struct data_file *file,
                       struct data_source *source, uint64_t id)
{
    struct data_small *small = take_place(data, file, source);

    if (small == NULL)
        return -1;
    small->range.id = id;
    return 0;
}

int data_fetch(struct data *data, struct data_file *file,
               struct data_source *source, const struct data_range *range)
{
    uint32_t block_size = data->compressor.block_size;
    uint64_t from = range->offset / block_size;
    uint64_t to = (range->offset + range->size + block_size - 1) / block_size;

    if (file->count == 0)
        return fetch_small(data, file, source, range->id);
    for (uint64_t i = from; i < to && i < file->count; i++) {
        struct data_job *job;

        if (i < file->asked) // with the range before
            continue;
        job = get_block(data, file, (uint32_t)i);
        if (job == NULL)
            return -1;
        job->source = source;
        job->range.id = range->id;
        file->asked = (uint32_t)i + 1;
        if (crew_put(data->crew, &job->job) < 0)
            return -1;
    }
    return 0;
}

static int put_block(struct data *data)
{
    struct data_job *job = data->open_block;

    data->open_block = NULL;
    return job != NULL ? crew_put(data->crew, &job->job) : 0;
}

// Where byte "offset" of the file goes; *room bytes from there on are its own.
static uint8_t *find_room(struct data *data, struct data_file *file,
                          uint64_t offset, size_t *room)
{
    uint32_t index = (uint32_t)(offset / data->compressor.block_size);
    struct data_job *job = data->open_block;

    if (file->count == 0) {
        *room = (size_t)(file->size - offset);
        return data->open_small->in + data->given->at + offset;
    }
    if (job == NULL || job->index != index) {
        if (put_block(data) < 0)
            return NULL;
        job = get_block(data, file, index);
        if (job == NULL)
            return NULL;
        memset(job->in, 0, job->used);
        data->open_block = job;
    }
    *room = job->used - (size_t)(offset - job->range.offset);
    return job->in + (offset - job->range.offset);
}

static int begin_given(struct data *data, struct data_file *file)
{
    if (file->count > 0 || data->given != NULL)
        return 0;
    data->given = take_place(data, file, NULL);
    if (data->given == NULL)
        return -1;
    memset(data->open_small->in + data->given->at, 0, file->size);
    return 0;
}

int data_give(struct data *data, struct data_file *file,
              const struct data_piece *piece)
{
    uint64_t offset = piece->offset;
    const uint8_t *bytes = piece->bytes;
    size_t rest = piece->size, room;

    if (offset < data->given_end)
        return failed(0, "damaged: the pieces of a file overlap");
    if (offset >= file->size)
        return 0;
    if (rest > file->size - offset)
        rest = (size_t)(file->size - offset);
    if (begin_given(data, file) < 0)
        return -1;
    while (rest > 0) {
        uint8_t *into = find_room(data, file, offset, &room);
        size_t part;

        if (into == NULL)
            return -1;
        part = rest < room ? rest : room;
        memcpy(into, bytes, part);
        bytes += part;
        offset += part;
        rest -= part;
    }
    data->given_end = offset;
    return 0;
}

int data_give_end(struct data *data, struct data_file *file)
{
    if (begin_given(data, file) < 0) // nothing was given: zeros
        return -1;
    data->given = NULL;
    data->given_end = 0;
    return put_block(data);
}

int data_finish(struct data *data)
{
    if (put_small(data) < 0 || crew_finish(data->crew) < 0)
        return -1;
    // now nobody settles any more
    data_seal_fragment(data);
    if (crew_finish(data->crew) < 0)
        return -1;
    return data_close_file(data);
}

const struct data_fragment *data_fragments(const struct data *data,
                                           size_t *count)
{
    *count = data->written_count;
    return data->written;
}
