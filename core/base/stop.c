// stop.c - to end in order when a signal asks for it.
//
// The handler also writes to a pipe: a thread that waits for a slow producer
// is not the one that is interrupted.
// SPDX-License-Identifier: MIT
#include "core/base/stop.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/base/err.h"

// A condition can't be told from a handler: who waits for one looks up so
// often.
enum { LOOK_UP = 100000000, SECOND = 1000000000 }; // nanoseconds

static const int signals[] = { SIGINT, SIGTERM, SIGHUP };

static volatile sig_atomic_t caught;
static int word[2] = { -1, -1 }; // a pipe; its bytes are never read

static void leave_word(int signal)
{
    int saved = errno;

    caught = signal;
    if (write(word[1], "", 1) < 0)
        caught = signal; // a full pipe says the same
    errno = saved;
}

int stop_catch(void)
{
    // without SA_RESTART: what waits is to look up
    struct sigaction action = { .sa_handler = leave_word,
                                .sa_flags = (int)SA_RESETHAND };
    struct sigaction before;

    if (word[0] < 0 && pipe2(word, O_CLOEXEC | O_NONBLOCK) < 0)
        return failed(errno, "can't make a pipe");
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++)
        if (sigaction(signals[i], NULL, &before) < 0 ||
            (before.sa_handler != SIG_IGN &&
             sigaction(signals[i], &action, NULL) < 0))
            return failed(errno, "can't catch signals");
    return 0;
}

int stop_check(void)
{
    if (caught == 0)
        return 0;
    return failed(0, "stopped by a signal: %s", strsignal(caught));
}

bool stop_came(void)
{
    return caught != 0;
}

ssize_t stop_read(int fd, void *bytes, size_t size)
{
    struct pollfd either[] = { { .fd = fd, .events = POLLIN },
                               { .fd = word[0], .events = POLLIN } };
    ssize_t n = -1;

    do {
        if (poll(either, 2, -1) < 0)
            continue;
        if (either[1].revents != 0)
            return stop_check();
        n = read(fd, bytes, size);
    } while (n < 0 && (errno == EINTR || errno == EAGAIN));
    return n < 0 ? failed(errno, "can't read") : n;
}

int stop_wait(pthread_cond_t *changed, pthread_mutex_t *lock)
{
    struct timespec until = { 0 };

    // nobody is going to leave word
    if (word[0] < 0) {
        pthread_cond_wait(changed, lock);
        return 0;
    }
    if (stop_check() < 0)
        return -1;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += LOOK_UP;
    if (until.tv_nsec >= SECOND) {
        until.tv_nsec -= SECOND;
        until.tv_sec++;
    }
    pthread_cond_timedwait(changed, lock, &until);
    return 0;
}

void stop_die(void)
{
    if (caught != 0)
        raise(caught); // its handler was reset when it came
}
