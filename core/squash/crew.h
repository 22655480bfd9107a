// crew.h - threads that work on jobs in any order, whose results are taken in
// the order of the jobs.
//
// So the image is the same however many threads there are. A job goes through
// three hands:
//
//   work    by any thread
//   settle  one job at a time, in the order in which they were handed in; may
//           hand in further ones, which are only written
//   write   one job at a time, in the order in which they were settled
//
// No thread is bound to a hand: whoever has worked on the job that all wait for
// settles and writes what has become ready by it.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct job { // the first member of a struct of the user's
    struct job *next_work;
    struct job *next; // in the order
    bool done;        // worked on
};

struct crew_ops {
    struct job *(*create)(void *user); // NULL after failed()
    void (*destroy)(struct job *job);
    void *(*start)(void *user); // what each thread needs for its work
    void (*end)(void *user, void *state);

    // 0, or -1 after failed(); then nothing more is done.
    int (*work)(void *user, struct job *job, void *state);
    // 1 when the job is to be written, 0 when it is over.
    int (*settle)(void *user, struct job *job);
    int (*write)(void *user, struct job *job);
};

struct crew;

struct crew_size {
    unsigned threads; // 0: as many as this process has CPUs
    unsigned jobs;    // at most at a time, about
};

// NULL after failed().
struct crew *crew_new(const struct crew_ops *ops, void *user,
                      struct crew_size size);

// A job to fill in; waits until there are not too many. NULL after failed(),
// perhaps because an earlier job has, or because a signal came (stop.h).
struct job *crew_get(struct crew *crew);

// The job is ready to be worked on.
int crew_put(struct crew *crew, struct job *job);

// The job is not needed after all.
void crew_drop(struct crew *crew, struct job *job);

// The same for whoever settles: a job that is written next.
struct job *crew_get_further(struct crew *crew);
void crew_put_further(struct crew *crew, struct job *job);

// Wait until all jobs are over. 0, or -1 after failed().
int crew_finish(struct crew *crew);

// End the threads. Jobs that somebody has got are still his to drop.
void crew_stop(struct crew *crew);
void crew_free(struct crew *crew);
