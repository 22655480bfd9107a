// file_write.c - the contents of files, written by several threads.
//
// A large file is cut into pieces, so that one alone keeps all threads busy.
// Whoever completes the last piece sets what comes last: size, mode and time.
// SPDX-License-Identifier: MIT
#include "core/image/file_write.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/str.h"
#include "core/base/thread.h"

enum {
    PIECE = 8 << 20, // bytes of a file that one thread writes at a time
    QUEUE = 128,     // pieces that wait; each file among them is open
    BATCH = 16,      // of small files, so that not each wakes a thread
    SMALL = 1 << 20, // bytes: what is less may wait for more
    THREADS_MAX = 64,
    STACK_SIZE = 256 << 10, // bytes
};

struct file {
    struct file_plan plan;
    struct image_reader *reader;
    _Atomic unsigned pieces; // not written yet
    _Atomic bool reached;    // its end was written
};

struct piece {
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
    bool stopped;
    char *error; // the first
};

// Writes chunks to a file.
struct file_sink {
    struct image_sink sink; // first: a sink is cast to this
    struct file *file;
    struct budget *budget;
};

static int write_at(int fd, const struct image_chunk *chunk)
{
    size_t done = 0;

    while (done < chunk->size) {
        ssize_t n = pwrite(fd, (const char *)chunk->bytes + done,
                           chunk->size - done, (off_t)(chunk->offset + done));

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        done += (size_t)n;
    }
    return 0;
}

static int put_chunk(struct image_sink *sink, const struct image_chunk *chunk)
{
    const struct file_sink *to = (struct file_sink *)sink;
    uint64_t end = chunk->offset + chunk->size;

    if (end > to->file->plan.size)
        return failed(0, "damaged: more data than the file is long");
    if (budget_data(to->budget, chunk->size) < 0)
        return -1;
    if (end == to->file->plan.size)
        to->file->reached = true;
    if (write_at(to->file->plan.fd, chunk) == 0)
        return 0;
    if (errno == ENOSPC && to->budget->limit != 0)
        return budget_exceeded(to->budget);
    return failed(errno, "can't write");
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

// All that comes after the data.
static int complete(const struct file *file)
{
    const struct file_plan *plan = &file->plan;
    struct timespec times[] = { plan->mtime, plan->mtime };

    if (!file->reached && plan->size > 0 && // there is a hole at the end
        ftruncate(plan->fd, (off_t)plan->size) < 0)
        return failed(errno, "can't make a file of %ju bytes",
                      (uintmax_t)plan->size);
    if (fchmod(plan->fd, plan->mode) < 0)
        return failed(errno, "can't set the mode");
    if (plan->capability_size > 0 &&
        fsetxattr(plan->fd, CAPABILITY_XATTR, plan->capability,
                  plan->capability_size, 0) < 0)
        return failed(errno, "can't set capabilities");
    if (futimens(plan->fd, times) < 0)
        return failed(errno, "can't set the time");
    return 0;
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
        status = complete(file);
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
    status = write_piece(w->budget, &piece);
    pthread_mutex_lock(&w->lock);
    w->busy--;
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
        if (piece.size >= SMALL || w->put - w->got >= BATCH)
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
        struct piece piece = { file, at, rest < PIECE ? rest : PIECE };

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
    struct file *file = malloc(sizeof *file);
    struct piece whole = { file, 0, plan->size };

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
        drop(w->queue[w->got++ % QUEUE].file);
    pthread_cond_destroy(&w->filled);
    pthread_cond_destroy(&w->emptied);
    pthread_mutex_destroy(&w->lock);
    free(w->error);
    free(w);
}
