// test_progress.c - unit tests of core/base/progress.c: what is told, and when,
// by a clock of the test's own.
// wrap: isatty pthread_cond_timedwait
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/base/log.h"
#include "core/base/progress.h"

enum { TEXT_SIZE = 4096 };

int __wrap_isatty(int fd);
int __wrap_pthread_cond_timedwait(pthread_cond_t *condition,
                                  pthread_mutex_t *lock,
                                  const struct timespec *until);
int __real_pthread_cond_timedwait(pthread_cond_t *condition,
                                  pthread_mutex_t *lock,
                                  const struct timespec *until);

static bool terminal;
static _Atomic int ticks;     // times that the clock goes on
static struct timespec first; // time that was waited for
static struct timespec last;
static sem_t waits; // posted when the clock stands still

int __wrap_isatty(int fd)
{
    return terminal;
}

int __wrap_pthread_cond_timedwait(pthread_cond_t *condition,
                                  pthread_mutex_t *lock,
                                  const struct timespec *until)
{
    if (first.tv_sec == 0)
        first = *until;
    last = *until;
    if (ticks-- > 0)
        return ETIMEDOUT;
    sem_post(&waits);
    return pthread_cond_wait(condition, lock);
}

static void expect_text(const struct progress_state *state, const char *text)
{
    char got[200];

    progress_text(state, got, sizeof got);
    assert_string_equal(got, text);
}

static void what_is_not_known_is_not_told(void **state)
{
    expect_text(&(struct progress_state){ 0 }, "0 files, 0 MiB");
    expect_text(&(struct progress_state){ .entries = 7,
                                          .bytes = 300 << 20,
                                          .seconds = 3 },
                "7 files, 300 MiB, 100 MiB/s");
}

static void compression_and_time_left_are_told(void **state)
{
    struct progress_state at = { .entries = 1,
                                 .bytes = 100 << 20,
                                 .seconds = 10,
                                 .at = 25,
                                 .size = 100,
                                 .written = 40 << 20 };

    expect_text(&at, "1 files, 100 MiB, 10 MiB/s, packed to 40 %, 25 % done, "
                     "30 s left");
    at.written = 0;
    at.at = 1;
    expect_text(&at, "1 files, 100 MiB, 10 MiB/s, 1 % done, 16 min 30 s left");
    at.size = 1000;
    expect_text(&at, "1 files, 100 MiB, 10 MiB/s, 0 % done, 2 h 46 min left");
}

// A file may grow while it is read.
static void more_than_all_is_not_told(void **state)
{
    expect_text(&(struct progress_state){ .at = 2, .size = 1 },
                "0 files, 0 MiB");
}

static void a_line_is_cut_where_there_is_no_room(void **state)
{
    char text[12];

    progress_text(&(struct progress_state){ 0 }, text, sizeof text);
    assert_string_equal(text, "0 files, 0 ");
}

// What stderr gets while the clock goes on so many times.
static void run(bool on_terminal, int times, char text[TEXT_SIZE])
{
    static const struct progress_counts counts = { .entries = 5,
                                                   .bytes = 10 << 20 };
    const struct progress_work work = { &counts, -1, -1 };
    struct progress *progress;
    FILE *file = tmpfile();
    int saved = dup(STDERR_FILENO);
    ssize_t size;

    terminal = on_terminal;
    ticks = times;
    first = (struct timespec){ 0 };
    sem_init(&waits, 0, 0);
    dup2(fileno(file), STDERR_FILENO);
    progress = progress_start(&work);
    sem_wait(&waits);
    progress_end(progress);
    dup2(saved, STDERR_FILENO);
    close(saved);
    size = pread(fileno(file), text, TEXT_SIZE - 1, 0);
    assert_true(size >= 0);
    text[size] = '\0';
    fclose(file);
    sem_destroy(&waits);
}

static int count(const char *text, const char *what)
{
    int found = 0;

    while ((text = strstr(text, what)) != NULL) {
        found++;
        text++;
    }
    return found;
}

static void a_terminal_has_one_line_that_is_wiped(void **state)
{
    char text[TEXT_SIZE];

    run(true, 4, text);
    assert_int_equal(count(text, "\r\033[K5 files, 10 MiB"), 4);
    assert_string_equal(text + strlen(text) - 4, "\r\033[K");
    assert_int_equal(count(text, "\n"), 0);
    assert_int_equal((last.tv_sec - first.tv_sec) * 1000 +
                         (last.tv_nsec - first.tv_nsec) / 1000000,
                     4 * 250);
}

static void a_file_gets_a_line_every_ten_seconds(void **state)
{
    char text[TEXT_SIZE];

    run(false, 3, text);
    assert_int_equal(count(text, "]: 5 files, 10 MiB"), 3);
    assert_int_equal(count(text, "\n"), 3);
    assert_int_equal(count(text, "\r"), 0);
    assert_int_equal(last.tv_sec - first.tv_sec, 3 * 10);
}

static void short_work_is_not_told(void **state)
{
    char text[TEXT_SIZE];

    run(true, 0, text);
    assert_string_equal(text, "");
    run(false, 0, text);
    assert_string_equal(text, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_not_known_is_not_told),
        cmocka_unit_test(compression_and_time_left_are_told),
        cmocka_unit_test(more_than_all_is_not_told),
        cmocka_unit_test(a_line_is_cut_where_there_is_no_room),
        cmocka_unit_test(a_terminal_has_one_line_that_is_wiped),
        cmocka_unit_test(a_file_gets_a_line_every_ten_seconds),
        cmocka_unit_test(short_work_is_not_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
