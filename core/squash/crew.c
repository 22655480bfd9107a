// crew.c - threads that work on jobs in any order, whose results are taken in
// the order of the jobs.
// SPDX-License-Identifier: MIT
#include "core/squash/crew.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include "core/base/err.h"
#include "core/base/stop.h"
#include "core/base/str.h"
#include "core/base/thread.h"

enum {
    THREADS_MAX = 128,
    STACK_SIZE = 512 << 10, // bytes
};

struct line {
    struct job *first, *last;
};

struct crew {
    const struct crew_ops *ops;
    void *user;
    struct crew_size size;
    unsigned threads;
    pthread_t thread[THREADS_MAX];
    pthread_mutex_t lock;
    pthread_cond_t filled; // there is work
    pthread_cond_t freed;  // whoever gives work may go on
    struct job *idle;      // to be used again
    unsigned used;         // jobs that are not idle
    unsigned sleeping;     // threads
    bool waiting;          // for "freed"
    struct line work;      // by next_work
    struct line further;   // the same, before it: they hold up the writing
    struct line unsettled; // by next
    struct line unwritten;
    bool busy;    // somebody settles and writes
    bool stopped; // something has failed, or all is over
    char *error;  // the first
};

static void join_line(struct line *line, struct job *job)
{
    job->next = NULL;
    if (line->first == NULL)
        line->first = job;
    else
        line->last->next = job;
    line->last = job;
}

static void join_work(struct line *line, struct job *job)
{
    job->next_work = NULL;
    if (line->first == NULL)
        line->first = job;
    else
        line->last->next_work = job;
    line->last = job;
}

static struct job *next_work(struct crew *crew)
{
    struct line *line =
        crew->further.first != NULL ? &crew->further : &crew->work;
    struct job *job = line->first;

    if (job != NULL)
        line->first = job->next_work;
    return job;
}

// The lock is held in all that follow, but not while a job is in a hand.

static void wake_worker(struct crew *crew)
{
    if (crew->sleeping > 0)
        pthread_cond_signal(&crew->filled);
}

static void release(struct crew *crew, struct job *job)
{
    job->next = crew->idle;
    crew->idle = job;
    crew->used--;
    // Not for each: whoever gives work would be put to sleep at the next again.
    if (crew->waiting && crew->used <= crew->size.jobs / 2)
        pthread_cond_signal(&crew->freed);
}

static void keep_error(struct crew *crew)
{
    if (crew->error == NULL)
        crew->error = str_dup(err_text());
    crew->stopped = true;
    pthread_cond_broadcast(&crew->filled);
    pthread_cond_signal(&crew->freed);
}

static bool is_ready(const struct line *line)
{
    return line->first != NULL && line->first->done;
}

static void settle_first(struct crew *crew)
{
    struct job *job = crew->unsettled.first;
    int status;

    crew->unsettled.first = job->next;
    pthread_mutex_unlock(&crew->lock);
    status = crew->ops->settle(crew->user, job);
    pthread_mutex_lock(&crew->lock);
    if (status < 0)
        keep_error(crew);
    if (status > 0)
        join_line(&crew->unwritten, job);
    else
        release(crew, job);
}

static void write_first(struct crew *crew)
{
    struct job *job = crew->unwritten.first;
    int status;

    crew->unwritten.first = job->next;
    pthread_mutex_unlock(&crew->lock);
    status = crew->ops->write(crew->user, job);
    pthread_mutex_lock(&crew->lock);
    if (status < 0)
        keep_error(crew);
    release(crew, job);
}

static void take_results(struct crew *crew)
{
    if (crew->busy)
        return;
    crew->busy = true;
    while (!crew->stopped) {
        if (is_ready(&crew->unwritten))
            write_first(crew);
        else if (is_ready(&crew->unsettled))
            settle_first(crew);
        else
            break;
    }
    crew->busy = false;
    if (crew->waiting)
        pthread_cond_signal(&crew->freed);
}

static void work_on(struct crew *crew, struct job *job, void *state)
{
    int status;

    pthread_mutex_unlock(&crew->lock);
    status = crew->ops->work(crew->user, job, state);
    pthread_mutex_lock(&crew->lock);
    if (status < 0)
        keep_error(crew);
    job->done = true;
    take_results(crew);
}

static void *work(void *argument)
{
    struct crew *crew = argument;
    void *state = crew->ops->start(crew->user);
    struct job *job;

    pthread_mutex_lock(&crew->lock);
    if (state == NULL)
        keep_error(crew);
    while (!crew->stopped) {
        job = next_work(crew);
        if (job != NULL) {
            work_on(crew, job, state);
            continue;
        }
        crew->sleeping++;
        pthread_cond_wait(&crew->filled, &crew->lock);
        crew->sleeping--;
    }
    pthread_mutex_unlock(&crew->lock);
    if (state != NULL)
        crew->ops->end(crew->user, state);
    return NULL;
}

static int start_threads(struct crew *crew)
{
    int error = 0;

    while (crew->threads < crew->size.threads && error == 0) {
        error =
            thread_start(&crew->thread[crew->threads], STACK_SIZE, work, crew);
        if (error == 0)
            crew->threads++;
    }
    // fewer are enough
    return crew->threads > 0 ? 0 : failed(error, "can't start a thread");
}

// The first error, as that of this thread. -1.
static int report(const struct crew *crew)
{
    return failed(0, "%s", crew->error != NULL ? crew->error : "out of memory");
}

static struct job *take_idle(struct crew *crew)
{
    struct job *job = crew->idle;

    if (job != NULL)
        crew->idle = job->next;
    crew->used++;
    return job;
}

static void forget(struct crew *crew)
{
    pthread_mutex_lock(&crew->lock);
    crew->used--;
    pthread_mutex_unlock(&crew->lock);
}

static struct job *clean(struct crew *crew, struct job *job)
{
    if (job == NULL)
        job = crew->ops->create(crew->user);
    if (job == NULL)
        forget(crew);
    else
        *job = (struct job){ 0 };
    return job;
}

struct crew *crew_new(const struct crew_ops *ops, void *user,
                      struct crew_size size)
{
    struct crew *crew = calloc(1, sizeof *crew);

    if (crew == NULL) {
        failed(errno, "can't start threads");
        return NULL;
    }
    crew->ops = ops;
    crew->user = user;
    crew->size = size;
    if (crew->size.threads == 0)
        crew->size.threads = thread_cpus();
    if (crew->size.threads > THREADS_MAX)
        crew->size.threads = THREADS_MAX;
    pthread_mutex_init(&crew->lock, NULL);
    pthread_cond_init(&crew->filled, NULL);
    pthread_cond_init(&crew->freed, NULL);
    return crew;
}

struct job *crew_get(struct crew *crew)
{
    struct job *job = NULL;
    int status = 0;
    bool stopped;

    if (crew->threads == 0 && start_threads(crew) < 0)
        return NULL;
    pthread_mutex_lock(&crew->lock);
    crew->waiting = true;
    while (crew->used >= crew->size.jobs && !crew->stopped && status == 0)
        status = stop_wait(&crew->freed, &crew->lock);
    crew->waiting = false;
    stopped = crew->stopped;
    if (!stopped && status == 0)
        job = take_idle(crew);
    pthread_mutex_unlock(&crew->lock);
    if (status < 0)
        return NULL;
    if (!stopped)
        return clean(crew, job);
    report(crew);
    return NULL;
}

int crew_put(struct crew *crew, struct job *job)
{
    bool stopped;

    pthread_mutex_lock(&crew->lock);
    join_line(&crew->unsettled, job);
    join_work(&crew->work, job);
    wake_worker(crew);
    stopped = crew->stopped;
    pthread_mutex_unlock(&crew->lock);
    return stopped ? report(crew) : 0;
}

void crew_drop(struct crew *crew, struct job *job)
{
    pthread_mutex_lock(&crew->lock);
    release(crew, job);
    pthread_mutex_unlock(&crew->lock);
}

struct job *crew_get_further(struct crew *crew)
{
    struct job *job;

    pthread_mutex_lock(&crew->lock);
    job = take_idle(crew);
    pthread_mutex_unlock(&crew->lock);
    return clean(crew, job);
}

void crew_put_further(struct crew *crew, struct job *job)
{
    pthread_mutex_lock(&crew->lock);
    join_line(&crew->unwritten, job);
    join_work(&crew->further, job);
    wake_worker(crew);
    pthread_mutex_unlock(&crew->lock);
}

int crew_finish(struct crew *crew)
{
    int status = 0;
    bool stopped;

    pthread_mutex_lock(&crew->lock);
    crew->waiting = true;
    while ((crew->unsettled.first != NULL || crew->unwritten.first != NULL ||
            crew->busy) &&
           !crew->stopped && status == 0)
        status = stop_wait(&crew->freed, &crew->lock);
    crew->waiting = false;
    stopped = crew->stopped;
    pthread_mutex_unlock(&crew->lock);
    if (status < 0)
        return -1;
    return stopped ? report(crew) : 0;
}

static void destroy_line(const struct crew *crew, struct job *first)
{
    while (first != NULL) {
        struct job *job = first;

        first = job->next;
        crew->ops->destroy(job);
    }
}

void crew_stop(struct crew *crew)
{
    pthread_mutex_lock(&crew->lock);
    crew->stopped = true;
    pthread_cond_broadcast(&crew->filled);
    pthread_mutex_unlock(&crew->lock);
    for (unsigned i = 0; i < crew->threads; i++)
        pthread_join(crew->thread[i], NULL);
    crew->threads = 0;
}

void crew_free(struct crew *crew)
{
    crew_stop(crew);
    destroy_line(crew, crew->idle);
    destroy_line(crew, crew->unsettled.first);
    destroy_line(crew, crew->unwritten.first);
    pthread_cond_destroy(&crew->freed);
    pthread_cond_destroy(&crew->filled);
    pthread_mutex_destroy(&crew->lock);
    free(crew->error);
    free(crew);
}
