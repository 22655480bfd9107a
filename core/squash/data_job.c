// data_job.c - what becomes of the contents of files: fetched, compressed,
// compared, put together, written.
//
// Three hands, see crew.h. Only the first does what takes long.
// SPDX-License-Identifier: MIT
#include "core/squash/data_job.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"

static struct job *job_create(void *user)
{
    const struct data *data = user;
    struct data_job *job = calloc(1, sizeof *job);
    size_t size = data->compressor.block_size;

    if (job != NULL)
        job->in = malloc(2 * size);
    if (job == NULL || job->in == NULL) {
        free(job);
        failed(errno, "can't compress");
        return NULL;
    }
    job->out = job->in + size;
    return &job->job;
}

static void job_destroy(struct job *base)
{
    struct data_job *job = (struct data_job *)base;

    free(job->in);
    free(job);
}

static void *worker_start(void *user)
{
    return compressor_start(&((struct data *)user)->compressor);
}

static void worker_end(void *user, void *state)
{
    compressor_end(&((struct data *)user)->compressor, state);
}

// --- work: by any thread

static bool is_zeros(const uint8_t *bytes, size_t size)
{
    // equal to itself, shifted by one
    return bytes[0] == 0 && memcmp(bytes, bytes + 1, size - 1) == 0;
}

static int compress(const struct data *data, struct data_job *job, void *state)
{
    struct iovec in = { job->in, job->used };
    ssize_t size = compressor_pack(&data->compressor, state, in, job->out);

    if (size < 0)
        return -1;
    job->packed = size > 0 ? (uint32_t)size : job->used | DATA_STORED;
    return 0;
}

static const uint8_t *packed_bytes(const struct data_job *job)
{
    return (job->packed & DATA_STORED) != 0 ? job->in : job->out;
}

static size_t packed_size(const struct data_job *job)
{
    return job->packed & ~DATA_STORED;
}

static int work_block(const struct data *data, struct data_job *job,
                      void *state)
{
    if (job->source != NULL &&
        job->source->fetch(job->source, &job->range, job->in) < 0)
        return -1;
    job->packed = 0;
    if (is_zeros(job->in, job->used))
        return 0;
    if (compress(data, job, state) < 0)
        return -1;
    // Blocks are equal when they are as packed, which is less to look through.
    job->digest = digest_of(&data->key, packed_bytes(job), packed_size(job));
    return 0;
}

static int work_small(const struct data *data, struct data_job *job)
{
    for (size_t i = 0; i < job->small_count; i++) {
        struct data_small *small = &job->small[i];
        uint8_t *in = job->in + small->at;

        if (job->source != NULL &&
            job->source->fetch(job->source, &small->range, in) < 0)
            return -1;
        small->digest = digest_of(&data->key, in, small->range.size);
    }
    return 0;
}

static int job_work(void *user, struct job *base, void *state)
{
    const struct data *data = user;
    struct data_job *job = (struct data_job *)base;

    switch (job->kind) {
    case DATA_BLOCK:
        return work_block(data, job, state);
    case DATA_SMALL:
        return work_small(data, job);
    default:
        return compress(data, job, state);
    }
}

// --- settle: in the order of the files

int data_seal_fragment(struct data *data)
{
    struct data_job *job = data->fragment;

    data->fragment = NULL;
    if (job != NULL)
        crew_put_further(data->crew, &job->job);
    return 0;
}

static int open_fragment(struct data *data)
{
    struct data_job *job = (struct data_job *)crew_get_further(data->crew);

    if (job == NULL)
        return -1;
    job->kind = DATA_FRAGMENT;
    job->index = data->fragment_next++;
    job->used = 0;
    data->fragment = job;
    return 0;
}

static int settle_small(struct data *data, const struct data_job *job,
                        const struct data_small *small)
{
    const struct data_file *same = digest_find(&data->small, small->digest);
    struct data_file *file = small->file;
    uint32_t size = small->range.size;

    if (same != NULL) {
        file->fragment = same->fragment;
        file->fragment_at = same->fragment_at;
        return 0;
    }
    if (data->fragment != NULL &&
        data->fragment->used + size > data->compressor.block_size)
        data_seal_fragment(data);
    if (data->fragment == NULL && open_fragment(data) < 0)
        return -1;
    file->fragment = data->fragment->index;
    file->fragment_at = data->fragment->used;
    memcpy(data->fragment->in + data->fragment->used, job->in + small->at,
           size);
    data->fragment->used += size;
    return digest_add(&data->small, small->digest, file);
}

static int job_settle(void *user, struct job *base)
{
    struct data *data = user;
    const struct data_job *job = (struct data_job *)base;

    if (job->kind != DATA_SMALL)
        return 1;
    for (size_t i = 0; i < job->small_count; i++) {
        if (settle_small(data, job, &job->small[i]) < 0)
            return -1;
    }
    return 0;
}

// --- write: in the order of the image

// All blocks of the file are written; if an earlier one has the same, they are
// taken back.
int data_close_file(struct data *data)
{
    struct data_file *file = data->writing;
    const struct data_file *same;
    struct {
        struct digest blocks;
        uint64_t size;
    } whole;
    struct digest digest;

    data->writing = NULL;
    if (file == NULL)
        return 0;
    whole.blocks = file->digest;
    whole.size = file->size;
    digest = digest_of(&data->key, &whole, sizeof whole);
    same = digest_find(&data->large, digest);
    if (same == NULL)
        return digest_add(&data->large, digest, file);
    data->out->position = file->start;
    file->start = same->start;
    memcpy(file->blocks, same->blocks, file->count * sizeof *file->blocks);
    return 0;
}

static int write_packed(const struct data *data, const struct data_job *job)
{
    return outfile_add(data->out, packed_bytes(job), packed_size(job));
}

static int write_block(struct data *data, const struct data_job *job)
{
    struct data_file *file = job->file;
    struct {
        struct digest before, block;
        uint32_t index, packed;
    } next;

    if (job->packed == 0)
        return 0;
    if (data->writing != file) {
        if (data_close_file(data) < 0)
            return -1;
        file->start = data->out->position;
        data->writing = file;
    }
    next.before = file->digest;
    next.block = job->digest;
    next.index = job->index;
    next.packed = job->packed;
    file->digest = digest_of(&data->key, &next, sizeof next);
    file->blocks[job->index] = job->packed;
    return write_packed(data, job);
}

static int write_fragment(struct data *data, const struct data_job *job)
{
    if (data_close_file(data) < 0)
        return -1;
    if (data->written_count == data->written_room) {
        size_t room = data->written_room > 0 ? 2 * data->written_room : 64;
        struct data_fragment *larger =
            reallocarray(data->written, room, sizeof *larger);

        if (larger == NULL)
            return failed(errno, "can't list the fragments");
        data->written = larger;
        data->written_room = room;
    }
    data->written[data->written_count++] =
        (struct data_fragment){ data->out->position, job->packed };
    return write_packed(data, job);
}

static int job_write(void *user, struct job *base)
{
    const struct data_job *job = (struct data_job *)base;

    return job->kind == DATA_FRAGMENT ? write_fragment(user, job)
                                      : write_block(user, job);
}

const struct crew_ops data_crew_ops = {
    job_create, job_destroy, worker_start, worker_end,
    job_work,   job_settle,  job_write,
};
