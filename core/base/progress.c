// progress.c - how far a long work has come, told while it goes on.
//
// By a thread, so that the work itself neither looks at the clock nor waits
// for a terminal.
// SPDX-License-Identifier: MIT
#include "core/base/progress.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/base/log.h"
#include "core/base/thread.h"

enum {
    TERMINAL_MS = 250, // between two lines
    LOG_MS = 10000,
    STACK_SIZE = 128 << 10,
    TEXT_SIZE = 256,
};

#define WIPE "\r\033[K" // ECMA-48: erase to the end of the line

struct progress {
    struct progress_work work;
    uint64_t size; // of the input; 0: not known
    bool terminal;
    bool shown;
    bool ended;
    double begun;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
};

// --- the line

__attribute__((format(printf, 3, 4))) static void append(char *text,
                                                         size_t room,
                                                         const char *fmt, ...)
{
    size_t length = strlen(text);
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text + length, room - length, fmt, ap);
    va_end(ap);
}

static void append_left(char *text, size_t room, double seconds)
{
    uint64_t left = (uint64_t)(seconds + 0.5);

    if (left < 60)
        append(text, room, ", %ju s left", (uintmax_t)left);
    else if (left < 3600)
        append(text, room, ", %ju min %ju s left", (uintmax_t)(left / 60),
               (uintmax_t)(left % 60));
    else
        append(text, room, ", %ju h %ju min left", (uintmax_t)(left / 3600),
               (uintmax_t)(left % 3600 / 60));
}

void progress_text(const struct progress_state *state, char *text, size_t room)
{
    double mib = (double)state->bytes / (1 << 20);
    double part = 0;

    text[0] = '\0';
    append(text, room, "%ju files, %.0f MiB", (uintmax_t)state->entries, mib);
    if (state->seconds > 0)
        append(text, room, ", %.0f MiB/s", mib / state->seconds);
    if (state->written > 0 && state->bytes > 0)
        append(text, room, ", packed to %.0f %%",
               (double)state->written / (double)state->bytes * 100);
    if (state->at > 0 && state->at <= state->size)
        part = (double)state->at / (double)state->size;
    if (part <= 0)
        return;
    append(text, room, ", %.0f %% done", part * 100);
    append_left(text, room, state->seconds * (1 - part) / part);
}

double progress_clock(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

// --- what is known

static uint64_t size_of(int fd)
{
    struct stat st;

    return fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode)
               ? (uint64_t)st.st_size
               : 0;
}

static struct progress_state look(const struct progress *p)
{
    const struct progress_counts *counts = p->work.counts;
    off_t at = p->size > 0 ? lseek(p->work.in, 0, SEEK_CUR) : 0;
    bool told = counts->size > 0;

    return (struct progress_state){ .entries = counts->entries,
                                    .bytes = counts->bytes,
                                    .seconds = progress_clock() - p->begun,
                                    .at = told     ? counts->at
                                          : at > 0 ? (uint64_t)at
                                                   : 0,
                                    .size = told ? counts->size : p->size,
                                    .written = size_of(p->work.out) };
}

// --- the thread

// A line that is longer than the terminal is wide could not be wiped.
static size_t room_of_terminal(void)
{
    struct winsize window;

    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &window) < 0 || window.ws_col < 2 ||
        window.ws_col > TEXT_SIZE)
        return TEXT_SIZE;
    return window.ws_col;
}

static void tell(struct progress *p)
{
    struct progress_state state = look(p);
    char text[TEXT_SIZE];

    progress_text(&state, text, p->terminal ? room_of_terminal() : sizeof text);
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

struct progress *progress_start(const struct progress_work *doing)
{
    struct progress *p = calloc(1, sizeof *p);
    int error;

    if (p == NULL)
        return NULL;
    p->work = *doing;
    p->size = size_of(p->work.in);
    p->terminal = isatty(STDERR_FILENO);
    p->begun = progress_clock();
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->changed, NULL);
    error = thread_start(&p->thread, STACK_SIZE, work, p);
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
