// file_write.c - the contents of files, written by several threads.
//
// A large file is cut into pieces, so that one alone keeps all threads busy.
// Whoever completes the last piece sets what comes last: size, mode and time.
// Small files of a reader that brings its data once go to the threads in
// batches, with all their data (file_batch.h).
// SPDX-License-Identifier: MIT
#include "core/image/file_write.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/str.h"
#include "core/base/thread.h"
#include "core/image/file_batch.h"

enum {
    PIECE = 8 << 20, // bytes of a file that one thread writes at a time
    QUEUE = 128,     // pieces that wait; each file among them is open
    BATCH = 16,      // of small files, so that not each wakes a thread
    SMALL = 1 << 20, // bytes: what is less may wait for more
    THREADS_MAX = 64,
    STACK_SIZE = 256 << 10, // bytes
    BATCHES_MAX = 9,
};

struct file {
    struct file_plan plan;
    struct image_reader *reader;
    _Atomic unsigned pieces; // not written yet
    _Atomic bool reached;    // its end was written
};

struct piece {
    struct file_batch *batch; // it is that instead, or NULL
    struct file *file;
    uint64_t offset;
    uint64_t size;
};

struct file_writers {
    struct budget *budget;
    unsigned limit; // of threads
    unsigned threads;
    pthread_t thread[THREADS_MAX];
    pthread_mutex_t lock;
    pthread_cond_t filled;  // somebody has work
    pthread_cond_t emptied; // whoever gives work may go on
    struct piece queue[QUEUE];
    unsigned put, got; // ever
    unsigned busy;     // threads with a piece
    bool waiting;      // for "emptied", until there are
    unsigned queued_most, busy_most;
    struct file_batch *filling; // of whoever gives work, or NULL
    struct file_batch *idle;
    unsigned batches; // that there are
    bool stopped;
    char *error; // the first
};

// Writes chunks to a file.
struct file_sink {
    struct image_sink sink; // first: a sink is cast to this
    struct file *file;
    struct budget *budget;
};

static int put_chunk(struct image_sink *sink, const struct image_chunk *chunk)
{
    const struct file_sink *to = (struct file_sink *)sink;

    if (file_plan_check(&to->file->plan, chunk, to->budget) < 0)
        return -1;
    if (chunk->offset + chunk->size == to->file->plan.size)
        to->file->reached = true;
    return file_plan_write(&to->file->plan, chunk, to->budget);
}

static int fetch(struct budget *budget, const struct piece *piece)
{
    struct file *file = piece->file;
    struct image_part part = { .id = file->plan.id,
                               .offset = piece->offset,
                               .size = piece->size };
    struct file_sink to = { { put_chunk }, file, budget };

    return file->reader->ops->data(file->reader, &part, &to.sink);
}

static void close_file(struct file *file)
{
    close(file->plan.fd);
    free(file);
}

static int write_piece(struct budget *budget, const struct piece *piece)
{
    struct file *file = piece->file;
    int status = fetch(budget, piece);

    if (--file->pieces > 0)
        return status;
    if (status == 0)
        status = file_plan_end(&file->plan, file->reached);
    close_file(file);
    return status;
}

static void keep_error(struct file_writers *w)
{
    if (w->error == NULL)
        w->error = str_dup(err_text());
    w->stopped = true;
    pthread_cond_broadcast(&w->filled);
    pthread_cond_signal(&w->emptied);
}

static bool is_too_much(const struct file_writers *w)
{
    return w->put - w->got > w->queued_most || w->busy > w->busy_most;
}

static void tell_giver(struct file_writers *w)
{
    if (w->waiting && !is_too_much(w))
        pthread_cond_signal(&w->emptied);
}

// The lock is held, but not while the piece is written.
static void work_on_one(struct file_writers *w)
{
    struct piece piece = w->queue[w->got++ % QUEUE];
    int status;

    w->busy++;
    tell_giver(w);
    pthread_mutex_unlock(&w->lock);
    status = piece.batch != NULL ? file_batch_write(piece.batch, w->budget)
                                 : write_piece(w->budget, &piece);
    pthread_mutex_lock(&w->lock);
    w->busy--;
    if (piece.batch != NULL) {
        *file_batch_next(piece.batch) = w->idle;
        w->idle = piece.batch;
        pthread_cond_signal(&w->emptied);
    }
    if (status < 0)
        keep_error(w);
    tell_giver(w);
}

static void *work(void *argument)
{
    struct file_writers *w = argument;

    pthread_mutex_lock(&w->lock);
    while (!w->stopped) {
        if (w->put == w->got)
            pthread_cond_wait(&w->filled, &w->lock);
        else
            work_on_one(w);
    }
    pthread_mutex_unlock(&w->lock);
    return NULL;
}

static int start_threads(struct file_writers *w)
{
    int error = 0;

    while (w->threads < w->limit && error == 0) {
        error = thread_start(&w->thread[w->threads], STACK_SIZE, work, w);
        if (error == 0)
            w->threads++;
    }
    // fewer are enough
    return w->threads > 0 ? 0 : failed(error, "can't start a thread");
}

// Wait until not more than so many pieces wait, and so many are written; or
// until something has failed. The lock is held.
static void wait_for(struct file_writers *w, unsigned queued, unsigned busy)
{
    w->queued_most = queued;
    w->busy_most = busy;
    w->waiting = true;
    pthread_cond_broadcast(&w->filled);
    while (is_too_much(w) && !w->stopped)
        pthread_cond_wait(&w->emptied, &w->lock);
    w->waiting = false;
}

// 0, or -1 when something has failed.
static int enqueue(struct file_writers *w, struct piece piece)
{
    bool stopped;

    pthread_mutex_lock(&w->lock);
    if (w->put - w->got == QUEUE) // then by half, or else it goes on like this
        wait_for(w, QUEUE / 2, THREADS_MAX);
    stopped = w->stopped;
    if (!stopped) {
        w->queue[w->put++ % QUEUE] = piece;
        if (piece.batch != NULL || piece.size >= SMALL ||
            w->put - w->got >= BATCH)
            pthread_cond_signal(&w->filled);
    }
    pthread_mutex_unlock(&w->lock);
    return stopped ? -1 : 0;
}

// This piece will not be written.
static void drop(struct file *file)
{
    if (--file->pieces == 0)
        close_file(file);
}

static void drop_piece(const struct piece *piece)
{
    if (piece->batch != NULL)
        file_batch_free(piece->batch);
    else
        drop(piece->file);
}

// After an enqueue() that has failed.
static int report(struct file_writers *w)
{
    int status = 0;

    pthread_mutex_lock(&w->lock);
    if (w->stopped)
        status = failed(0, "%s", w->error != NULL ? w->error : "out of memory");
    pthread_mutex_unlock(&w->lock);
    return status;
}

struct file_writers *file_writers_new(unsigned threads, struct budget *budget)
{
    struct file_writers *w = calloc(1, sizeof *w);

    if (w == NULL) {
        failed(errno, "can't write files");
        return NULL;
    }
    w->budget = budget;
    w->limit = threads > 0 ? threads : thread_cpus();
    if (w->limit > THREADS_MAX)
        w->limit = THREADS_MAX;
    pthread_mutex_init(&w->lock, NULL);
    pthread_cond_init(&w->filled, NULL);
    pthread_cond_init(&w->emptied, NULL);
    return w;
}

// All are busy: wait until one is not. The lock is held. NULL when something
// has failed.
static struct file_batch *take_idle(struct file_writers *w)
{
    struct file_batch *batch;

    while (w->idle == NULL && !w->stopped)
        pthread_cond_wait(&w->emptied, &w->lock);
    batch = w->stopped ? NULL : w->idle;
    if (batch != NULL) {
        w->idle = *file_batch_next(batch);
        *file_batch_next(batch) = NULL;
    }
    return batch;
}

// One to fill, for each thread one to write and one that waits. NULL after
// failed().
static struct file_batch *take_batch(struct file_writers *w)
{
    unsigned most = 2 * w->threads + 1;
    struct file_batch *batch = NULL;

    if (most > BATCHES_MAX)
        most = BATCHES_MAX;
    pthread_mutex_lock(&w->lock);
    if (w->idle != NULL || w->batches == most)
        batch = take_idle(w);
    pthread_mutex_unlock(&w->lock);
    if (batch == NULL && w->batches < most) {
        batch = file_batch_new();
        w->batches += batch != NULL;
    } else if (batch == NULL) {
        report(w);
    }
    return batch;
}

static int put_batch(struct file_writers *w)
{
    struct piece piece = { .batch = w->filling };

    if (w->filling == NULL)
        return 0;
    w->filling = NULL;
    if (enqueue(w, piece) == 0)
        return 0;
    file_batch_free(piece.batch);
    return report(w);
}

static int add_to_batch(struct file_writers *w, const struct file_plan *plan,
                        struct image_reader *reader)
{
    if ((w->threads == 0 && start_threads(w) < 0) ||
        (w->filling != NULL && !file_batch_has_room(w->filling, plan->size) &&
         put_batch(w) < 0) ||
        (w->filling == NULL && (w->filling = take_batch(w)) == NULL)) {
        close(plan->fd);
        return -1;
    }
    return file_batch_add(w->filling, plan, reader, w->budget);
}

static int write_parts(struct file_writers *w, struct file *file)
{
    uint64_t size = file->plan.size;
    bool stopped = false;

    if (w->threads == 0 && start_threads(w) < 0) {
        close_file(file);
        return -1;
    }
    // once the last one is in the queue the file may be gone
    file->pieces = (unsigned)((size + PIECE - 1) / PIECE);
    for (uint64_t at = 0; at < size; at += PIECE) {
        uint64_t rest = size - at;
        struct piece piece = { NULL, file, at, rest < PIECE ? rest : PIECE };

        if (!stopped && enqueue(w, piece) < 0)
            stopped = true;
        if (stopped)
            drop(file);
    }
    return stopped ? report(w) : 0;
}

int file_write(struct file_writers *w, const struct file_plan *plan,
               struct image_reader *reader)
{
    struct file *file;
    struct piece whole = { .size = plan->size };

    if (!reader->parts && file_batch_may_take(plan->size))
        return add_to_batch(w, plan, reader);
    whole.file = file = malloc(sizeof *file);
    if (file == NULL) {
        close(plan->fd);
        return failed(errno, "can't write");
    }
    *file = (struct file){ .plan = *plan, .reader = reader, .pieces = 1 };
    if (!reader->parts || plan->size == 0)
        return write_piece(w->budget, &whole);
    if (plan->size / PIECE >= UINT_MAX) {
        close_file(file);
        return failed(EFBIG, "can't write");
    }
    return write_parts(w, file);
}

int file_writers_finish(struct file_writers *w)
{
    if (put_batch(w) < 0)
        return -1;
    pthread_mutex_lock(&w->lock);
    wait_for(w, 0, 0);
    pthread_mutex_unlock(&w->lock);
    return report(w);
}

void file_writers_free(struct file_writers *w)
{
    if (w == NULL)
        return;
    pthread_mutex_lock(&w->lock);
    w->stopped = true;
    pthread_cond_broadcast(&w->filled);
    pthread_mutex_unlock(&w->lock);
    for (unsigned i = 0; i < w->threads; i++)
        pthread_join(w->thread[i], NULL);
    while (w->got != w->put)
        drop_piece(&w->queue[w->got++ % QUEUE]);
    file_batch_free(w->idle);
    file_batch_free(w->filling);
    pthread_cond_destroy(&w->filled);
    pthread_cond_destroy(&w->emptied);
    pthread_mutex_destroy(&w->lock);
    free(w->error);
    free(w);
}
