// progress.c - how far a long work has come, told while it goes on.
//
// By a thread, so that the work itself neither looks at the clock nor waits
// for a terminal.
// SPDX-License-Identifier: MIT
#include "core/base/progress.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/base/log.h"

enum {
    TERMINAL_MS = 250, // between two lines
    LOG_MS = 10000,
    STACK_SIZE = 128 << 10,
};

#define WIPE "\r\033[K" // ECMA-48: erase to the end of the line

struct progress {
    const struct progress_counts *counts;
    int fd;
    uint64_t size; // of the file; 0: not known
    bool terminal;
    bool shown;
    bool ended;
    struct timespec begun;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
};

static double seconds_since(const struct timespec *begun)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - begun->tv_sec) +
           (double)(now.tv_nsec - begun->tv_nsec) / 1e9;
}

static void append(char *text, size_t room, double part, double seconds)
{
    size_t length = strlen(text);

    snprintf(text + length, room - length, ", %.0f %%, %.0f s left", part * 100,
             seconds * (1 - part) / part);
}

static void tell(struct progress *p)
{
    double seconds = seconds_since(&p->begun);
    double mib = (double)p->counts->bytes / (1 << 20);
    off_t at = p->size > 0 ? lseek(p->fd, 0, SEEK_CUR) : 0;
    char text[160];

    snprintf(text, sizeof text, "%ju files, %.0f MiB, %.0f MiB/s",
             (uintmax_t)p->counts->entries, mib,
             seconds > 0 ? mib / seconds : 0);
    if (at > 0 && (uint64_t)at <= p->size)
        append(text, sizeof text, (double)at / (double)p->size, seconds);
    p->shown = p->terminal;
    if (!p->terminal)
        log_line(LOG_WARN, "%s", text);
    else if (dprintf(STDERR_FILENO, WIPE "%s", text) < 0)
        p->shown = false; // nobody is left who could be told
}

static void *work(void *argument)
{
    struct progress *p = argument;
    long ms = p->terminal ? TERMINAL_MS : LOG_MS;
    struct timespec until;

    clock_gettime(CLOCK_REALTIME, &until);
    pthread_mutex_lock(&p->lock);
    while (!p->ended) {
        until.tv_sec += ms / 1000;
        until.tv_nsec += ms % 1000 * 1000000;
        if (until.tv_nsec >= 1000000000) {
            until.tv_sec++;
            until.tv_nsec -= 1000000000;
        }
        while (!p->ended &&
               pthread_cond_timedwait(&p->changed, &p->lock, &until) == 0)
            ;
        if (!p->ended)
            tell(p);
    }
    pthread_mutex_unlock(&p->lock);
    return NULL;
}

struct progress *progress_start(const struct progress_counts *counts, int fd)
{
    struct progress *p = calloc(1, sizeof *p);
    pthread_attr_t attributes;
    struct stat st;
    int error;

    if (p == NULL)
        return NULL;
    p->counts = counts;
    p->fd = fd;
    if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
        p->size = (uint64_t)st.st_size;
    p->terminal = isatty(STDERR_FILENO);
    clock_gettime(CLOCK_MONOTONIC, &p->begun);
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->changed, NULL);
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, STACK_SIZE);
    error = pthread_create(&p->thread, &attributes, work, p);
    pthread_attr_destroy(&attributes);
    if (error == 0)
        return p;
    free(p);
    return NULL;
}

void progress_end(struct progress *p)
{
    if (p == NULL)
        return;
    pthread_mutex_lock(&p->lock);
    p->ended = true;
    pthread_cond_signal(&p->changed);
    pthread_mutex_unlock(&p->lock);
    pthread_join(p->thread, NULL);
    if (p->shown && dprintf(STDERR_FILENO, WIPE) < 0)
        p->shown = false;
    pthread_cond_destroy(&p->changed);
    pthread_mutex_destroy(&p->lock);
    free(p);
}
