// helper.c - ask another program of the host, and never wait for it for long.
// SPDX-License-Identifier: MIT
#include "core/base/helper.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/log.h"
#include "core/base/proc.h"
#include "core/base/scope.h"
#include "core/base/spawn.h"

#define ROOM_FIRST 4096 // bytes read at first
#define MS_PER_S 1000
#define NS_PER_MS 1000000
#define PAUSE_FIRST 50000   // ns between two looks whether it has ended
#define PAUSE_LAST 10000000 // ns

static int64_t now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * MS_PER_S + t.tv_nsec / NS_PER_MS;
}

// Wait until there is something to read. 0, or -1 after failed().
static int wait_readable(const struct helper *helper, int fd)
{
    struct pollfd ready = { .fd = fd, .events = POLLIN };
    int n;

    do {
        int64_t left = helper->end - now_ms();

        n = poll(&ready, 1, left > 0 ? (int)left : 0);
    } while (n < 0 && errno == EINTR);
    if (n > 0)
        return 0;
    if (n < 0)
        return failed(errno, "can't wait for %s", helper->argv[0]);
    return failed(ETIMEDOUT, "%s gave no answer in time", helper->argv[0]);
}

// All that it writes, until it closes its end. NULL after failed().
static char *take_text(const struct helper *helper, int fd)
{
    cleanup_free char *text = NULL;
    size_t length = 0;
    size_t room = 0;
    ssize_t n = 1;

    while (n > 0) {
        if (length + 1 >= room) {
            char *more = realloc(text, room += room + ROOM_FIRST);

            if (more == NULL) {
                failed(errno, "can't take the answer of %s", helper->argv[0]);
                return NULL;
            }
            text = more;
        }
        if (wait_readable(helper, fd) < 0)
            return NULL;
        n = read(fd, text + length, room - length - 1);
        length += n > 0 ? (size_t)n : 0;
        if (length > helper->most) {
            failed(0, "%s gave an answer of more than %zu bytes",
                   helper->argv[0], helper->most);
            return NULL;
        }
    }
    text[length] = '\0';
    return steal_ptr(&text);
}

// Wait for the end of a child, at most until the given time. Its pid, 0 if it
// lives on, or -1 with errno.
static pid_t wait_until(pid_t pid, int64_t end, int *status)
{
    struct timespec pause = { .tv_nsec = PAUSE_FIRST };
    pid_t found;

    while ((found = waitpid(pid, status, WNOHANG)) == 0 && now_ms() < end) {
        nanosleep(&pause, NULL);
        if (pause.tv_nsec < PAUSE_LAST)
            pause.tv_nsec *= 2;
    }
    return found;
}

// Its status, whatever it does; as a rule it is ending already, as it has
// closed what it writes to.
static int reap(pid_t pid, int64_t end)
{
    int status = 0;
    pid_t found = wait_until(pid, end, &status);

    if (found == 0) {
        kill(-pid, SIGKILL); // its session's, and itself if it has none
        kill(pid, SIGKILL);
        while ((found = waitpid(pid, &status, 0)) < 0 && errno == EINTR)
            continue;
    }
    if (found < 0)
        return failed(errno, "can't wait for process %d", (int)pid);
    return spawn_status(status);
}

static int run(const struct helper *helper, char **text)
{
    struct spawn plan = { helper->argv, { -1, -1, -1 }, SIGKILL };
    cleanup_close int output = -1;
    int ends[2];
    pid_t pid;
    int status;

    if (pipe2(ends, O_CLOEXEC) < 0)
        return failed(errno, "can't make a pipe");
    output = ends[0];
    plan.streams[helper->stream] = ends[1];
    pid = spawn(&plan);
    close(ends[1]);
    if (pid < 0)
        return -1;
    *text = take_text(helper, output);
    status = reap(pid, *text == NULL ? 0 : helper->end);
    if (*text == NULL || status < 0) {
        free(steal_ptr(text));
        return -1;
    }
    return status;
}

int64_t helper_deadline(unsigned ms)
{
    return now_ms() + ms;
}

int helper_run(const struct helper *helper, char **text)
{
    struct sigaction action;
    uint64_t mask = proc_signals_blocked();
    int status;

    sigaction(SIGCHLD, NULL, &action);
    spawn_await();
    status = run(helper, text);
    proc_block_signals(mask);
    sigaction(SIGCHLD, &action, NULL);
    return status;
}
